"""Services of both kinds on the same lists: sluice's and streamback's."""

import os
import socket
import sys
import time
import unittest

try:
    import redis
except ImportError:
    print("skipped: this Python has no module redis (Debian: python3-redis)")
    sys.exit(77)

sys.path[:0] = [os.path.join(os.path.dirname(__file__), each) for each in ("../cli", ".")]
from lines import Lines  # noqa: E402
from streamback_imitation import Failed, Lane, Service, Streams  # noqa: E402
from support import Server, ToolTest, until  # noqa: E402

IMITATION = os.path.join(os.path.dirname(__file__), "streamback_imitation.py")
SERVICE = os.environ["SLUICE_SERVICE"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def on_tcp():
    """As streamback can reach it. Somebody may take the port first."""
    port = free_port()
    server = Server("--port", str(port), "--bind", "127.0.0.1")
    server.tcp_url = f"redis://127.0.0.1:{port}"
    return server


class Lists(ToolTest):
    def setUp(self):
        super().setUp()
        main, feedback = on_tcp(), on_tcp()
        self.addCleanup(main.close)
        self.addCleanup(feedback.close)
        self.main, self.feedback = main, feedback
        self.text = f"main={main.tcp_url}&feedback={feedback.tcp_url}&topics_prefix=prod"

    def ours(self, *words):
        return Lines(self.start(*words, program=SERVICE))

    def listening(self, name="billing"):
        return self.ours("listen", self.text, name)

    def theirs(self, name="py"):
        return Lines(self.start(IMITATION, self.text, name, program=sys.executable))

    def call(self, *words):
        """What our caller prints behind the name of its lane."""
        caller = self.ours("call", self.text, *words)
        caller.process.wait()
        caller.thread.join()
        return caller.messages[1:]

    def asker(self):
        return Service(self.text, "web")

    @staticmethod
    def keys(server):
        """But for those of a connection's first second."""
        return sorted(key for key in server.command("KEYS", "*")
                      if not key.startswith(b"sluice:probe:"))

    def assert_all_expires(self, server):
        link = redis.Redis(unix_socket_path=server.socket)
        for key in self.keys(server):
            self.assertLessEqual(link.ttl(key), 300, key)
            self.assertNotEqual(link.ttl(key), -1, key)

    def test_theirs_asks_and_ours_answers(self):
        self.listening()
        asker = self.asker()
        self.assertEqual(asker.send("double", {"n": 21}).read(), {"n": 42})
        self.assertEqual(asker.send("double", {"n": 3}).read(from_group="billing"), {"n": 6})
        self.assertEqual(list(asker.send("count", {"n": 300}).stream()),
                         [{"n": number} for number in range(300)])
        self.assertIsNone(asker.send("note", {"text": "Zoë"}).read())
        with self.assertRaises(Failed) as failed:
            asker.send("fail", {}).read()
        self.assertEqual(str(failed.exception), "out of paper")
        self.assert_all_expires(self.feedback)

    def test_ours_reads_what_theirs_wrote(self):
        ours = self.listening()
        value = {"text": "Zoë \n \"", "n": 7, "share": 0.5, "none": None, "all": [True, {}]}
        self.asker().send("note", value)
        until(lambda: ours.messages, "the message")
        self.assertEqual(ours.messages,
                         [{"topic": "note", "value": value, "source_group": "web"}])

    def test_ours_asks_and_theirs_answers(self):
        self.theirs()
        end = {"end": True}
        self.assertEqual(self.call("double", '{"n": 21}'), [{"answer": {"n": 42}}, end])
        self.assertEqual(self.call("double", '{"n": 21}', "py"), [{"answer": {"n": 42}}, end])
        self.assertEqual(self.call("count", '{"n": 300}'),
                         [{"answer": {"n": number}} for number in range(300)] + [end])
        self.assertEqual(self.call("note", "{}"), [end])
        failure, = self.call("fail", '{"n": 3}')
        self.assertEqual(failure["text"], "ValueError('boom 3')")
        self.assertEqual(self.keys(self.feedback), [])

    def test_theirs_reads_what_ours_wrote(self):
        theirs = self.theirs()
        self.call("note", '{"text":"Zo\u00eb \\n \\"","n":7,"share":0.5,"none":null}')
        self.assertEqual(theirs.messages[0]["value"],
                         {"text": "Zoë \n \"", "n": 7, "share": 0.5, "none": None})

    def test_a_topic_that_begins_as_the_prefix_does_is_the_same_list_to_both(self):
        self.asker().send("production", {})
        self.asker().send("note", {})
        self.ours("call", self.text, "production", "{}")
        until(lambda: self.main.command("LLEN", "production") == 2, "both messages")
        self.assertEqual(self.keys(self.main), [b"prod.note", b"production"])

    def test_ours_goes_on_with_what_theirs_began(self):
        self.listening()
        lane = self.asker().send("count", {"n": 5})
        self.assertEqual(lane.read(), {"n": 0})
        heir = self.ours("continue", self.text, lane.name)
        heir.process.wait()
        heir.thread.join()
        self.assertEqual(heir.messages[1:],
                         [{"answer": {"n": number}} for number in range(1, 5)] + [{"end": True}])

    def test_theirs_goes_on_with_what_ours_began(self):
        caller = self.ours("call", self.text, "count", '{"n": 5}')
        until(lambda: caller.messages, "its lane")
        caller.process.kill()
        self.theirs()
        lane = Lane(Streams(self.text), caller.messages[0]["lane"])
        self.assertEqual(list(lane.stream()), [{"n": number} for number in range(5)])

    def test_both_share_the_messages_of_a_list_and_each_is_handled_once(self):
        members = [self.listening(), self.theirs()]
        asker = self.asker()
        lanes = [asker.send("double", {"n": number}) for number in range(400)]
        self.assertEqual([lane.read()["n"] for lane in lanes], list(range(0, 800, 2)))
        until(lambda: sum(len(each.messages) for each in members) == 400, "all lines")
        seen = sorted(line["value"]["n"] for each in members for line in each.messages)
        self.assertEqual(seen, list(range(400)))

    def test_what_ours_had_in_hand_when_it_was_killed_is_handled_by_theirs(self):
        holding = self.listening()
        self.asker().send("sleep", {"n": 1})
        until(lambda: holding.messages, "the message")
        holding.process.kill()
        self.assertEqual(self.main.command("LLEN", "prod.sleep"), 0)
        theirs = self.theirs()
        time.sleep(0.2)
        sweeper = self.listening("sweeper")  # who puts it back may take it as well
        until(lambda: theirs.messages or sweeper.messages, "the message again")


if __name__ == "__main__":
    unittest.main()
