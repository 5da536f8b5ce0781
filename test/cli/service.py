"""sluice send, call, listen, services"""

import json
import signal
import time
import unittest

from support import ToolTest, until


class Services(ToolTest):
    """Each test has a topic of its own; its name is also that of the app that listens."""

    def begin(self, *words):
        process = self.start("listen", self.stream, "--name", self.stream, *words)
        until(lambda: self.is_listed(), "the service to be listed")
        return process

    def is_listed(self):
        return self.stream.encode() in self.run_tool("services").out

    def call(self, value, *words, **how):
        return self.run_tool("call", self.stream, value, *words, **how)


class Answers(Services):
    def test_a_fixed_answer(self):
        self.begin("--respond", '{"ok":true}')
        self.assertEqual(self.call("[1,2]").out, b'{"ok":true}\n')

    def test_a_command_answers_with_what_it_prints(self):
        self.begin("--exec", "cat; echo 7; echo plain text; printf '[1,\\n2]'")
        lines = self.call('{"n":1}', "--stream").out.decode().splitlines()
        first = json.loads(lines[0])
        self.assertEqual((first["topic"], first["value"]), (self.stream, {"n": 1}))
        self.assertEqual([json.loads(line) for line in lines[1:]], [7, "plain text", "[1,", "2]"])

    def test_a_command_that_fails_is_told(self):
        self.begin("--exec", "echo 1; exit 3")
        done = self.call("null", "--stream", code=1)
        self.assertEqual(done.out, b"1\n")
        self.assertIn(b"the command failed: exit code 3", done.err)
        dead = self.run_tool("dead", "list", self.stream)
        self.assertIn(b"exit code 3", dead.out)

    def test_a_command_that_runs_for_too_long_is_ended(self):
        self.begin("--exec", "sleep 100")
        done = self.call("null", "--timeout", "0.3", code=1)
        # Whose time is over first, the caller's or the listener's, is a matter of chance.
        self.assertRegex(done.err, b"no answer came in time|waits no longer")
        until(lambda: self.server.pending(self.stream, self.stream) == 0, "the work to be given up")

    def test_listeners_that_say_nothing(self):
        self.begin()
        self.assertIn(b"without an answer", self.call("1", code=4).err)

    def test_what_is_printed(self):
        service = self.begin("--count", "1")
        self.run_tool("send", self.stream, '"text"', "--name", "who")
        out, _ = service.communicate(timeout=60)
        line = json.loads(out)
        self.assertEqual(line["source_group"], "who")
        self.assertEqual(line["value"], "text")
        self.assertEqual(service.returncode, 0)

    def test_it_ends_at_a_signal_and_is_listed_no_longer(self):
        service = self.begin("--respond", "1")
        service.send_signal(signal.SIGTERM)
        service.communicate(timeout=60)
        self.assertEqual(service.returncode, 143)
        self.assertFalse(self.is_listed())


class Trouble(Services):
    def test_what_is_no_json(self):
        for words in (("call", self.stream, "text"), ("send", self.stream, "{"),
                      ("listen", self.stream, "--name", "x", "--respond", "yes")):
            self.assertIn(b"no JSON", self.run_tool(*words, code=2).err)

    def test_nobody_listens(self):
        begun = time.monotonic()
        done = self.call("1", "--timeout", "0.2", code=1)
        self.assertIn(b"no answer came in time", done.err)
        self.assertLess(time.monotonic() - begun, 30)

    def test_a_message_that_is_only_sent_leaves_nothing_behind(self):
        self.run_tool("send", self.stream, '{"n":1}')
        self.assertEqual(self.server.command("XLEN", self.stream), 1)
        fields = dict(self.server.entries(self.stream)[0])
        self.assertNotIn(b"reply_stream", fields)


if __name__ == "__main__":
    unittest.main()
