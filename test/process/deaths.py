"""Processes that die, and a supervisor that does."""

import os
import signal
import tempfile
import unittest

from crew import CrewTest, PATIENCE, is_there


class Deaths(CrewTest):
    def test_one_that_is_killed_is_replaced(self):
        crew = self.crew("idle", processes=2)
        first, second = crew.workers(2)
        os.kill(first, signal.SIGKILL)
        third = crew.workers(3)[2]
        self.assertTrue(is_there(second) and is_there(third))
        crew.wait_for(r"worker 0 \(process %d\) ended after .* with signal 9 \(Killed\)" % first)
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
        ends = crew.wait_for(r"with exit code 7; the next one begins in (\d+) ms", 6)
        self.assertEqual([int(end[1]) for end in ends[:6]], [10, 20, 40, 80, 160, 320])

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


if __name__ == "__main__":
    unittest.main()
