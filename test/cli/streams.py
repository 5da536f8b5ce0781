"""--streams of sluice send, call, listen, services, schedule"""

import json
import signal
import time
import unittest

from support import Server, ToolTest, until


class Streams(ToolTest):
    """Messages travel by one server, answers by another that wants a password."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.feedback = Server(password="correct")

    @classmethod
    def tearDownClass(cls):
        cls.feedback.close()
        super().tearDownClass()

    def text(self, main=None, feedback=None, more=""):
        main = main or self.server.url
        feedback = feedback or self.feedback.url + "?password=correct"
        return f"main={main}&feedback={feedback}{more}"

    def begin(self, text, *words):
        process = self.start("listen", self.stream, "--name", self.stream, "--streams", text, *words)
        until(lambda: self.stream.encode() in self.run_tool("services", "--streams", text).out,
              "the service to be listed")
        return process

    def keys(self, server):
        return {key.decode() for key in server.command("KEYS", "*")}


class Travelling(Streams):
    def test_a_message_goes_by_a_list_of_main_and_its_answer_by_one_of_feedback(self):
        text = self.text()
        self.run_tool("send", self.stream, '{"n":0}', "--streams", text)
        kept = json.loads(self.server.command("LRANGE", self.stream, "0", "-1")[0])
        self.assertEqual((kept["value"], kept["source_group"]), ({"n": 0}, "sluice-cli"))
        self.begin(text, "--respond", '{"ok":true}')
        done = self.run_tool("call", self.stream, "1", "--streams", text)
        self.assertEqual(done.out, b'{"ok":true}\n')
        for key in self.keys(self.server):
            self.assertFalse(key.startswith("streamback_feedback_"), key)

    def test_redis_streams_are_chosen_by_the_scheme(self):
        text = self.text(main="streams+" + self.server.url)
        self.begin(text, "--respond", "7")
        done = self.run_tool("call", self.stream, "1", "--streams", text)
        self.assertEqual(done.out, b"7\n")
        self.assertEqual(self.server.command("TYPE", self.stream), b"stream")

    def test_prefix_and_group_are_heeded(self):
        text = self.text(more="&topics_prefix=dev&group=shop")
        self.run_tool("send", self.stream, "1", "--name", "who", "--streams", text)
        kept = json.loads(self.server.command("LRANGE", "dev." + self.stream, "0", "-1")[0])
        self.assertEqual(kept["source_group"], "shop")

    def test_schedules_are_those_of_main(self):
        key = f"sluice:schedule:{self.stream}:often"
        task = {"topic": self.stream, "value": {"of": "day"}, "missed": "latest", "at_most": 1,
                "not_older_than_ms": 1000, "jitter_ms": 0}
        self.server.command("HSET", key, "when", '{"interval_ms":5000}', "task", json.dumps(task),
                            "last", int(time.time()) * 1000, "app", self.stream, "name", "often")
        self.server.command("SADD", "sluice:schedules", key)
        text = self.text()
        self.assertIn(b"often", self.run_tool("schedule", "list", "--streams", text).out)
        self.run_tool("schedule", "run", self.stream, "often", "--streams", text)
        kept = json.loads(self.server.command("LRANGE", self.stream, "0", "-1")[0])
        self.assertEqual(kept["value"], {"of": "day"})

    def test_ctrl_c_ends_a_call_that_nobody_answers(self):
        calling = self.start("call", self.stream, "1", "--timeout", "1000", "--streams", self.text())
        until(lambda: self.server.command("LLEN", self.stream) == 1, "the message")
        calling.send_signal(signal.SIGINT)
        self.finish(calling, 130)


class Choosing(Streams):
    def test_the_environment_says_it_too(self):
        self.run_tool("send", self.stream, "1", environment={"SLUICE_STREAMS": self.text()})
        self.assertEqual(self.server.command("TYPE", self.stream), b"list")

    def test_a_url_on_the_command_line_goes_before_the_environment(self):
        self.run_tool("send", self.stream, "1", "--url", self.server.url,
                      environment={"SLUICE_STREAMS": "main=redis://localhost:1"})
        self.assertEqual(self.server.command("TYPE", self.stream), b"stream")

    def test_streams_and_url_exclude_each_other(self):
        done = self.run_tool("send", self.stream, "1", "--url", self.server.url, "--streams",
                             self.text(), code=2)
        self.assertRegex(done.err, b"excludes")


class Trouble(Streams):
    verbs = (("send", "t", "1"), ("call", "t", "1"), ("listen", "t", "--name", "x"), ("services",),
             ("schedule", "list"), ("schedule", "next", "x", "y"))

    def complaints(self, text, code):
        for verb in self.verbs:
            done = self.run_tool(*verb, "--streams", text, code=code)
            self.assertNotIn(b"s3cret", done.err)
            yield done.err.decode()

    def test_what_is_wrong_in_the_string_is_named(self):
        for text, part in ((self.text(main="redis://:s3cret@host:x"), "main: .*port"),
                           (self.text(feedback="http://:s3cret@host"), "feedback: .*redis://"),
                           (self.text(main="redis://:a&s3cret@host"), "part 2: .*%26"),
                           ("feedback=redis://:s3cret@host", "main: it is missing"),
                           ("", "part 1")):
            for told in self.complaints(text, 2):
                self.assertRegex(told, part)

    def test_the_server_that_is_not_there_is_named(self):
        for part in ("main", "feedback"):
            text = self.text(**{part: "redis://:s3cret@localhost:1"})
            for told in self.complaints(text, 1):
                self.assertRegex(told, f"string's {part}: .*localhost:1.*refused")

    def test_a_wrong_password_is_told_and_not_shown(self):
        text = self.text(feedback=self.feedback.url + "?password=s3cret")
        for told in self.complaints(text, 1):
            self.assertRegex(told, "string's feedback: .*password")


if __name__ == "__main__":
    unittest.main()
