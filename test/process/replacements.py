"""Processes that are replaced while they live."""

import signal
import unittest

from crew import CrewTest, until


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


if __name__ == "__main__":
    unittest.main()
