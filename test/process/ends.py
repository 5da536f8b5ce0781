"""Signals to a supervisor: all processes end, in good order if they can."""

import os
import signal
import time
import unittest

from crew import CrewTest


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


if __name__ == "__main__":
    unittest.main()
