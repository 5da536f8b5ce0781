"""A supervisor and its processes: deaths, replacements, and ends in good order."""

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "cli"))
from support import PATIENCE, ToolTest, end_with_parent, until  # noqa: E402

PROGRAM = os.environ.get("SLUICE_CREW")


def is_there(process):
    """Whether a process runs; one that has ended and was not reaped yet does not."""
    try:
        with open(f"/proc/{process}/stat") as status:
            return status.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Crew:
    """The program, and the lines that it and its workers have printed so far."""

    def __init__(self, test, terminal=None, **how):
        def prepare():
            end_with_parent()
            if terminal is not None:
                fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)

        # In a session of its own, so that it has that terminal or none.
        self.process = subprocess.Popen(
            [PROGRAM, json.dumps(how)], env={**os.environ, "REDIS_URL": test.server.url},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            preexec_fn=prepare)
        self.lines = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        test.addCleanup(self.end)

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def end(self):
        self.process.kill()
        self.process.wait()
        self.reader.join(PATIENCE)
        self.process.stdout.close()

    def signal(self, number):
        self.process.send_signal(number)

    def matches(self, pattern):
        return [found for line in list(self.lines) if (found := re.search(pattern, line))]

    def wait_for(self, pattern, count=1):
        until(lambda: len(self.matches(pattern)) >= count,
              f"{count} × '{pattern}' in {self.lines}")
        return self.matches(pattern)

    def workers(self, count=1):
        """The ids of the processes that were started, once there are so many."""
        return [int(found[1]) for found in self.wait_for(r"\(process (\d+)\) runs", count)]

    def finish(self):
        """Its exit code, when it has ended."""
        code = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        return code


class CrewTest(ToolTest):
    """Each test has an app of its own; its name is also that of the topic."""

    def crew(self, work, **how):
        return Crew(self, work=work, app=self.stream, **how)

    def wish(self, do, **how):
        return json.dumps(json.dumps({"do": do, **how}))

    def ask(self, do, **how):
        """What the listener says: the id of its process."""
        done = self.run_tool("call", self.stream, self.wish(do, **how), "--timeout", str(PATIENCE))
        return int(done.out)

    def tell(self, do, **how):
        self.run_tool("send", self.stream, self.wish(do, **how))

    def assert_gone(self, processes):
        until(lambda: not any(is_there(each) for each in processes), f"the end of {processes}")


class Deaths(CrewTest):
    def test_one_that_is_killed_is_replaced(self):
        crew = self.crew("idle", processes=2)
        first, second = crew.workers(2)
        os.kill(first, signal.SIGKILL)
        third = crew.workers(3)[2]
        self.assertTrue(is_there(second) and is_there(third))
        crew.wait_for(r"worker 0 \(process %d\) ended after \d+ ms with signal 9 \(Killed\)" % first)
        crew.wait_for(r"worker 0 \(process %d\) runs" % third)

    def test_the_message_of_one_that_is_killed_is_worked_on_by_another(self):
        crew = self.crew("serve", processes=2)
        workers = crew.workers(2)
        with tempfile.TemporaryDirectory() as folder:
            survivor = self.ask("die once", mark=os.path.join(folder, "mark"))
        crew.wait_for("does die once", 2)
        killed = int(crew.wait_for(r"\(process (\d+)\) ended .* with signal 9")[0][1])
        self.assertIn(killed, workers)
        self.assertNotEqual(killed, survivor)

    def test_one_that_dies_at_once_again_and_again_is_started_ever_less_often(self):
        crew = self.crew("exit", code=7, first_pause=10, longest_pause=60_000)
        ends = crew.wait_for(r"ended after (\d+) ms with exit code 7; the next one begins in (\d+) ms",
                             6)
        self.assertEqual([int(end[2]) for end in ends[:6]], [10, 20, 40, 80, 160, 320])

    def test_one_that_throws_ends_with_its_words_and_is_replaced(self):
        crew = self.crew("throw", first_pause=10)
        crew.wait_for(r"worker 0 \(process \d+\) failed: no work today", 2)
        crew.wait_for("ended after .* with exit code 1", 2)

    def test_one_that_returns_is_replaced(self):
        crew = self.crew("return", first_pause=10)
        crew.wait_for("ended after .* with exit code 0", 2)

    def test_no_process_is_left_when_the_supervisor_is_killed(self):
        crew = self.crew("deaf", processes=3)
        workers = crew.workers(3)
        crew.wait_for("waits", 3)
        crew.signal(signal.SIGKILL)
        crew.process.wait(PATIENCE)
        self.assert_gone(workers)

    def test_no_process_is_left_when_the_supervisor_is_killed_while_it_starts_them(self):
        for _ in range(20):
            crew = self.crew("idle", processes=20)
            crew.wait_for("runs")
            crew.signal(signal.SIGKILL)
            crew.finish()
            self.assertFalse(crew.reader.is_alive(), "somebody holds the pipe still")
            self.assert_gone(crew.workers())


    def test_a_supervisor_whose_handler_throws_leaves_no_process(self):
        crew = self.crew("deaf", processes=2, throw_at="worker 1")
        self.assertEqual(crew.finish(), 3)
        self.assertTrue(crew.matches("the supervisor failed: no more of worker 1"))
        self.assertFalse(crew.reader.is_alive(), "somebody holds the pipe still")


class Ends(CrewTest):
    def test_sigterm_lets_listeners_finish(self):
        crew = self.crew("serve", processes=2)
        crew.workers(2)
        asking = self.start("call", self.stream, self.wish("sleep", time=300))
        crew.wait_for("does sleep")
        crew.signal(signal.SIGTERM)
        self.assertEqual(crew.finish(), 0)
        self.finish(asking, 0)
        self.assertEqual(len(crew.matches("is done")), 2)
        self.assertEqual(self.server.pending(self.stream, self.stream), 0)
        self.assert_gone(crew.workers())

    def test_a_listener_that_ignores_its_cancellation_is_killed_with_its_process(self):
        crew = self.crew("serve", drain=400, listeners_drain=50)
        self.tell("be stubborn")
        crew.wait_for("does be stubborn")
        crew.signal(signal.SIGTERM)
        self.assertEqual(crew.finish(), 1)
        self.assertTrue(crew.matches("did not end in time and is killed"))
        self.assert_gone(crew.workers())

    def test_a_listener_that_blocks_its_thread_is_killed_with_its_process(self):
        crew = self.crew("serve", drain=200)
        self.tell("block")
        crew.wait_for("does block")
        crew.signal(signal.SIGTERM)
        self.assertEqual(crew.finish(), 1)
        self.assert_gone(crew.workers())

    def test_a_second_signal_ends_all_at_once(self):
        for last in (signal.SIGTERM, signal.SIGINT):
            crew = self.crew("deaf", processes=2)
            crew.wait_for("waits", 2)
            crew.signal(signal.SIGINT)
            crew.wait_for("is asked to end: the supervisor ends", 2)
            crew.signal(last)
            self.assertEqual(crew.finish(), 1)

    def test_sigterm_to_all_processes_at_once_ends_them_in_order(self):
        crew = self.crew("serve", processes=2)
        self.tell("sleep", time=300)
        crew.wait_for("does sleep")
        os.killpg(crew.process.pid, signal.SIGTERM)
        self.assertEqual(crew.finish(), 0)
        self.assertEqual(self.server.pending(self.stream, self.stream), 0)

    def test_ctrl_c_reaches_workers_by_their_supervisor_alone(self):
        crew = self.crew("serve", processes=2)
        self.tell("sleep", time=300)
        crew.wait_for("does sleep")
        os.killpg(crew.process.pid, signal.SIGINT)
        self.assertEqual(crew.finish(), 0)
        self.assertEqual(self.server.pending(self.stream, self.stream), 0)

    def test_a_terminal_that_goes_away_ends_them_in_order(self):
        screen, terminal = os.openpty()
        self.addCleanup(os.close, terminal)
        crew = self.crew("serve", processes=2, terminal=terminal)
        self.tell("sleep", time=300)
        crew.wait_for("does sleep")
        os.close(screen)
        self.assertEqual(crew.finish(), 0)
        self.assertEqual(self.server.pending(self.stream, self.stream), 0)

    def test_sigterm_while_processes_begin(self):
        for pause in (0, 0.001, 0.003, 0.01, 0.03, 0.1):
            crew = self.crew("serve", processes=3)
            crew.wait_for("runs")
            time.sleep(pause)
            crew.signal(signal.SIGTERM)
            self.assertEqual(crew.finish(), 0)
            self.assert_gone(crew.workers())

    def test_sigterm_while_one_waits_to_be_started_again(self):
        crew = self.crew("exit", code=3, first_pause=60_000, longest_pause=60_000)
        crew.wait_for("ended")
        crew.signal(signal.SIGTERM)
        self.assertEqual(crew.finish(), 0)

    def test_processes_that_wait_for_a_frozen_server_end_as_well(self):
        crew = self.crew("serve", drain=300)
        self.ask("nothing")
        self.server.signal(signal.SIGSTOP)
        self.addCleanup(self.server.signal, signal.SIGCONT)
        crew.signal(signal.SIGTERM)
        self.assertEqual(crew.finish(), 1)
        self.assert_gone(crew.workers())


class Replacements(CrewTest):
    def test_one_that_is_old_enough_is_replaced_in_good_order(self):
        crew = self.crew("serve", processes=2, age=700)
        self.tell("sleep", time=1_000)
        crew.wait_for("is asked to end: it is old enough", 2)
        crew.wait_for("with exit code 0", 2)
        crew.wait_for("runs", 4)
        until(lambda: self.server.pending(self.stream, self.stream) == 0, "the message to be done")
        self.assertEqual(len(crew.matches("does sleep")), 1)

    def test_one_that_takes_too_much_memory_is_replaced(self):
        limit = 400 << 20
        crew = self.crew("serve", memory=limit, first_pause=10)
        first = self.ask("grow", bytes=limit)
        crew.wait_for(r"process %d\) is asked to end: it takes too much memory" % first)
        crew.wait_for(r"process %d\) ended .* with exit code 0" % first)
        self.assertNotEqual(self.ask("nothing"), first)

    def test_sighup_replaces_all_one_after_the_other(self):
        crew = self.crew("serve", processes=3)
        workers = crew.workers(3)
        self.ask("nothing")
        crew.signal(signal.SIGHUP)
        crew.workers(6)
        self.assert_gone(workers)
        told = [line for line in list(crew.lines)
                if "is asked to end: all are replaced" in line or "ended after" in line]
        self.assertEqual(["asked" in line for line in told], [True, False] * 3)
        crew.signal(signal.SIGTERM)
        self.assertEqual(crew.finish(), 0)

    def test_one_that_ends_itself_in_good_order_is_replaced(self):
        crew = self.crew("serve", own_age=200, first_pause=10)
        crew.wait_for("ends to begin anew: it has run for", 2)
        crew.wait_for("is done", 2)
        crew.wait_for("ended .* with exit code 0", 2)

    def test_one_that_does_not_end_is_killed_and_replaced(self):
        crew = self.crew("deaf", age=100, drain=100)
        crew.wait_for("is killed", 2)
        crew.wait_for(r"with signal 9 \(Killed\)$", 2)


class Workers(CrewTest):
    def test_what_a_worker_begins_with(self):
        crew = self.crew("inherit", reports=60_000)
        crew.wait_for("waits")
        found = [line for line in crew.lines if line.startswith(("signal", "descriptors"))]
        self.assertEqual(found, [f"signal {int(signal.SIGTERM)}", f"signal {int(signal.SIGINT)} ignored",
                                 f"signal {int(signal.SIGHUP)} ignored",
                                 f"signal {int(signal.SIGCHLD)}", "descriptors"])

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
        handled = rf"report: {self.stream} process (\d+), \d+ s, [1-9]\d* MiB: {self.stream} (\d+) handled"

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
