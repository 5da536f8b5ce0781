"""What workers are given, and what they do together."""

import signal
import unittest

from crew import CrewTest, until


class Workers(CrewTest):
    def test_what_a_worker_begins_with(self):
        crew = self.crew("inherit", reports=60_000)
        crew.wait_for("waits")
        found = [line for line in crew.lines if line.startswith(("signal", "descriptors"))]
        term, interrupt, hang_up, child = (int(each) for each in (
            signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD))
        self.assertEqual(found, [f"signal {term}", f"signal {interrupt} ignored",
                                 f"signal {hang_up} ignored", f"signal {child}", "descriptors"])

    def test_what_was_printed_before_appears_once(self):
        crew = self.crew("return", processes=4, first_pause=60_000, longest_pause=60_000)
        crew.wait_for("ended", 4)
        self.assertEqual(len(crew.matches("not yet flushed")), 1)

    def test_extensions_hear_of_the_fork_first_and_extend_the_app(self):
        crew = self.crew("serve", processes=2, extensions=True)
        for number in range(2):
            crew.wait_for(f"start of {self.stream} in {number}")
            order = [line for line in crew.lines
                     if line in (f"fork {number}", f"worker {number} begins")]
            self.assertEqual(order, [f"fork {number}", f"worker {number} begins"])
        crew.wait_for("failed in on_fork of the extension 'grumbler': not in the mood", 2)

    def test_reports_tell_what_all_processes_have_done(self):
        crew = self.crew("serve", processes=2, reports=50)
        for _ in range(5):
            self.ask("nothing")
        name = self.stream
        handled = rf"report: {name} process (\d+), \d+ s, [1-9]\d* MiB: {name} (\d+) handled"

        def total():
            latest = {found[1]: int(found[2]) for found in crew.matches(handled)}
            return sum(latest.values())
        until(lambda: total() == 5, "the reports to count five messages")

    def test_several_processes_share_the_messages(self):
        crew = self.crew("serve", processes=2)
        workers, answers = set(crew.workers(2)), set()

        def all_have_answered():
            asking = [self.start("call", self.stream, self.wish("sleep", time=100))
                      for _ in range(6)]
            answers.update(int(self.finish(each, 0).out) for each in asking)
            return answers >= workers
        until(all_have_answered, "an answer of each process")
        self.assertEqual(answers, workers)


if __name__ == "__main__":
    unittest.main()
