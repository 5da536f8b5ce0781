"""Members of both kinds in one group: sluice's and telstar's."""

import collections
import json
import os
import random
import sys
import unittest
import uuid

try:
    import redis  # noqa: F401
except ImportError:
    print("skipped: this Python has no module redis (Debian: python3-redis)")
    sys.exit(77)

sys.path[:0] = [os.path.join(os.path.dirname(__file__), each) for each in ("../cli", ".")]
from lines import Lines  # noqa: E402
from support import ToolTest, until  # noqa: E402
from telstar_imitation import Message, MultiConsumer, Producer  # noqa: E402

IMITATION = os.path.join(os.path.dirname(__file__), "telstar_imitation.py")


class Mixed(ToolTest):
    def setUp(self):
        super().setUp()
        self.link = redis.Redis(unix_socket_path=self.server.socket)
        self.topic = self.stream
        self.key = "telstar:stream:" + self.topic

    def ours(self, name, *words):
        return Lines(self.start("topic", "listen", self.topic, "--group", "g", "--consumer", name,
                                *words))

    def theirs(self, name, claim_after_ms=20_000):
        return Lines(self.start(IMITATION, self.server.url, "g", name, str(claim_after_ms),
                                self.topic, program=sys.executable))

    def send_ours(self, messages):
        lines = [json.dumps({"id": str(each), "data": {"n": n}}) for n, each in messages]
        self.run_tool("topic", "send", self.topic, text="\n".join(lines).encode())

    def send_theirs(self, messages):
        Producer(self.link).send([Message(self.topic, each, {"n": n}) for n, each in messages])

    def all_settled(self, count):
        group = self.link.xinfo_groups(self.key)
        return group and group[0]["pending"] == 0 and group[0]["last-delivered-id"] == \
            self.link.xinfo_stream(self.key)["last-generated-id"] and \
            len(self.link.keys(f"telstar:seen:{self.topic}:g:*")) == count

    def test_each_reads_what_the_other_wrote(self):
        messages = [(n, uuid.uuid4()) for n in range(10)]
        self.send_ours(messages[:5])
        self.send_theirs(messages[5:])
        got = []
        MultiConsumer(self.link, "theirs", "t", [self.topic],
                      lambda message, done: (got.append((message.data["n"], message.msg_uuid)),
                                             done())).run_once()
        self.assertEqual(sorted(got), messages)
        lines = self.run_tool("topic", "listen", self.topic, "--group", "ours", "--consumer", "c",
                              "--count", "10").out.splitlines()
        got = [(each["data"]["n"], uuid.UUID(each["id"])) for each in map(json.loads, lines)]
        self.assertEqual(got, messages)

    def test_what_one_settled_the_other_passes_over(self):
        messages = [(n, uuid.uuid4()) for n in range(6)]
        self.send_theirs(messages[:3])
        handled = []
        member = MultiConsumer(self.link, "g", "t", [self.topic],
                               lambda message, done: (handled.append(message.data["n"]), done()))
        member.run_once()
        self.send_ours(messages)  # the first three once more
        done = self.run_tool("topic", "listen", self.topic, "--group", "g", "--consumer", "c",
                             "--idle-exit", "0.3")
        self.assertEqual([json.loads(line)["data"]["n"] for line in done.out.splitlines()],
                         [3, 4, 5])
        self.send_ours(messages[3:])
        member.run_once()
        self.assertEqual(handled, [0, 1, 2])
        self.assertTrue(self.all_settled(6))

    def test_members_of_both_kinds_share_a_topic_and_each_message_is_worked_on_once(self):
        messages = [(n, uuid.uuid4()) for n in range(400)]
        members = [self.ours("c1"), self.theirs("t1"), self.ours("c2"), self.theirs("t2")]
        until(lambda: self.link.exists(self.key), "the members")
        for begin in range(0, 400, 20):
            (self.send_ours if begin % 40 else self.send_theirs)(messages[begin:begin + 20])
        until(lambda: self.all_settled(400), "all messages to be settled")
        # Sent once more, when all are settled: nobody works on them again.
        self.send_theirs(messages)
        until(lambda: self.all_settled(400), "all messages to be passed over")
        until(lambda: sum(len(member.ids()) for member in members) >= 400, "their lines")
        worked = collections.Counter(each for member in members for each in member.ids())
        self.assertEqual(worked, {str(each): 1 for _, each in messages})
        self.assertTrue(any(members[i].ids() for i in (0, 2)))
        self.assertTrue(any(members[i].ids() for i in (1, 3)))
        for _, each in random.sample(messages, 10):
            seen = f"telstar:seen:{self.topic}:g:{each}"
            self.assertEqual(self.link.get(seen), b"1")
            self.assertGreater(self.link.ttl(seen), 14 * 24 * 3600 - 100)

    def test_theirs_claim_what_ours_left_when_it_died(self):
        self.send_ours([(n, uuid.uuid4()) for n in range(3)])
        crashed = self.ours("c", "--crash-after", "2")
        crashed.process.wait()
        crashed.thread.join()
        self.assertEqual([each["data"]["n"] for each in crashed.messages], [0, 1])
        heir = self.theirs("t", claim_after_ms=50)
        # What is settled may not be read here yet.
        until(lambda: self.all_settled(3) and len(heir.messages) > 1, "the claims")
        self.assertEqual(sorted(each["data"]["n"] for each in heir.messages), [1, 2])

    def test_ours_takes_the_place_of_theirs_under_the_same_name(self):
        self.send_theirs([(n, uuid.uuid4()) for n in range(3)])

        def crash(message, done):
            if message.data["n"] == 1:
                raise RuntimeError("a crash")
            done()

        with self.assertRaises(RuntimeError):
            MultiConsumer(self.link, "g", "m", [self.topic], crash).run_once()
        done = self.run_tool("topic", "listen", self.topic, "--group", "g", "--consumer", "m",
                             "--count", "2")
        lines = [json.loads(line) for line in done.out.splitlines()]
        self.assertEqual([(each["data"]["n"], each["redelivered"]) for each in lines],
                         [(1, True), (2, True)])
        self.assertTrue(self.all_settled(3))

    def test_theirs_takes_the_place_of_ours_under_the_same_name(self):
        self.send_ours([(n, uuid.uuid4()) for n in range(3)])
        crashed = self.ours("m", "--crash-after", "2")
        crashed.process.wait()
        handled = []
        MultiConsumer(self.link, "g", "m", [self.topic],
                      lambda message, done: (handled.append(message.data["n"]),
                                             done())).run_once()
        self.assertEqual(handled, [1, 2])
        self.assertTrue(self.all_settled(3))

    def test_what_theirs_has_claimed_ours_leaves_to_it(self):
        self.send_ours([(1, uuid.uuid4())])
        self.link.xgroup_create(self.key, "g", id="0")
        self.link.xreadgroup("g", "c", {self.key: ">"})  # it is pending for ours
        printed = []

        def work(message, done):
            printed.extend(self.run_tool("topic", "listen", self.topic, "--group", "g",
                                         "--consumer", "c", "--idle-exit", "0.3").out.splitlines())
            done()

        MultiConsumer(self.link, "g", "t", [self.topic], work, claim_after_ms=0).run_once()
        self.assertEqual(printed, [])
        self.assertTrue(self.all_settled(1))


if __name__ == "__main__":
    unittest.main()
