"""Members of both kinds in one group: sluice's and streamz_redis's."""

import contextlib
import json
import os
import signal
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
from streamz_imitation import GroupSource, Sink  # noqa: E402
from support import ToolTest, until  # noqa: E402

IMITATION = os.path.join(os.path.dirname(__file__), "streamz_imitation.py")
BEAT, SILENCE = 0.1, 1.0  # seconds, the same for all: a group needs one rhythm


class Theirs(Lines):
    """A process of the other make and its heart, which is a process, too."""

    @property
    def heart(self):
        return next((each["heart"] for each in self.messages if "heart" in each), None)

    def kill_source(self):
        self.process.kill()
        self.process.wait()

    def kill_heart(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.heart, signal.SIGKILL)

    def kill(self):
        self.kill_heart()
        self.kill_source()


class Mixed(ToolTest):
    def setUp(self):
        super().setUp()
        self.link = redis.Redis(unix_socket_path=self.server.socket)
        self.group = "of-" + self.stream  # all tests share the server, and so its channels

    def ours(self, name, *words):
        return Lines(self.start(
            "consume", self.stream, "--group", self.group, "--consumer", name, "--prefetch", "5",
            "--heartbeat", str(BEAT), "--claim-timeout", str(SILENCE), *words))

    def theirs(self, name, seconds=0.0):
        member = Theirs(self.start(IMITATION, self.server.url, self.stream, self.group, name,
                                   str(BEAT), str(SILENCE), str(seconds), program=sys.executable))
        until(lambda: member.heart is not None, "its heart")
        self.addCleanup(member.kill_heart)
        return member

    def add(self, count, first=0):
        return [self.link.xadd(self.stream, {"n": n}).decode()
                for n in range(first, first + count)]

    def holders(self):
        """How many entries are pending, for whom."""
        return {each["name"].decode(): each["pending"]
                for each in self.link.xpending(self.stream, self.group)["consumers"]}

    def all_done(self):
        groups = self.link.xinfo_groups(self.stream)
        return groups and groups[0]["pending"] == 0 and groups[0]["last-delivered-id"] == \
            self.link.xinfo_stream(self.stream)["last-generated-id"]

    def assert_printed(self, member, ids):
        """Its lines may come a moment after its acknowledgements."""
        until(lambda: len(member.ids()) >= len(ids), "the lines")
        self.assertEqual(member.ids(), ids)

    def test_each_reads_what_the_other_wrote(self):
        written = [{"n": 7, "share": 0.5, "name": "Zoë", "none": ""}, {"customer": "c-17"}]
        as_text = [{"n": "7", "share": "0.5", "name": "Zoë", "none": ""}, {"customer": "c-17"}]
        sink = Sink(self.link, self.stream, most=1_000)
        for each in written:
            sink.emit(each)
        self.run_tool("produce", self.stream, text="".join(
            json.dumps(each) + "\n" for each in as_text).encode())
        theirs = self.theirs("t")
        until(lambda: len(theirs.ids()) == 4, "the entries")
        lines = self.run_tool("consume", self.stream, "--group", "ours", "--timeout", "0").out
        for got in ([each for each in theirs.messages if "id" in each],
                    [json.loads(line) for line in lines.splitlines()]):
            self.assertEqual([each["fields"] for each in got], as_text + as_text)

    def test_our_heartbeats_keep_their_claims_off_our_entries(self):
        self.add(5)
        holding = self.ours("c", "--ack", "never")
        until(lambda: len(holding.ids()) == 5, "the entries")
        theirs = self.theirs("t")
        time.sleep(3 * SILENCE)
        self.assertEqual(self.holders(), {"c": 5})
        self.assertEqual(theirs.ids(), [])

    def test_their_heartbeats_keep_our_claims_off_their_entries(self):
        self.add(1)
        holding = self.theirs("t", seconds=3 * SILENCE)
        until(lambda: len(holding.ids()) == 1, "the entry")
        ours = self.ours("c")
        time.sleep(2 * SILENCE)
        self.assertEqual(self.holders(), {"t": 1})
        until(self.all_done, "the acknowledgement")
        self.assertEqual(ours.ids(), [])

    def test_theirs_take_over_when_ours_is_killed(self):
        ids = self.add(5)
        holding = self.ours("c", "--ack", "never")
        until(lambda: len(holding.ids()) == 5, "the entries")
        heir = self.theirs("t")
        time.sleep(3 * BEAT)  # it has heard the one that dies
        holding.process.kill()
        until(self.all_done, "the claims")
        self.assert_printed(heir, ids)

    def test_ours_takes_over_when_theirs_is_killed_with_its_heart(self):
        ids = self.add(3)
        holding = self.theirs("t", seconds=60)
        until(lambda: holding.ids() == ids[:1], "the first entry")
        heir = self.ours("c")
        time.sleep(3 * BEAT)
        holding.kill()
        until(self.all_done, "the claims")
        self.assert_printed(heir, ids)

    def test_a_heart_that_goes_on_without_its_source_keeps_the_entries_from_all(self):
        ids = self.add(3)
        holding = self.theirs("t", seconds=60)
        until(lambda: holding.ids() == ids[:1], "the first entry")
        heirs = [self.ours("c"), self.theirs("other")]
        holding.kill_source()
        time.sleep(3 * SILENCE)
        self.assertEqual(self.holders(), {"t": 3})
        heirs.pop().kill()
        holding.kill_heart()
        until(self.all_done, "the claims")
        self.assert_printed(heirs[0], ids)

    def hold_and_give_back(self, name):
        ids = self.add(5)
        holding = self.ours(name, "--ack", "never")
        until(lambda: len(holding.ids()) == 5, "the entries")
        holding.process.send_signal(signal.SIGTERM)
        holding.process.wait()
        self.assertEqual(self.holders(), {"sluice:released": 5})
        return ids

    def test_theirs_take_what_ours_gave_back_at_its_end_and_later_ours_alone_does(self):
        ids = self.hold_and_give_back("c")
        heir = self.theirs("t")
        until(self.all_done, "the claims")
        self.assert_printed(heir, ids)
        heir.process.send_signal(signal.SIGSTOP)
        time.sleep(2 * BEAT)  # its last read is over: the next entries are for ours
        ids = self.hold_and_give_back("c-2")
        heir.process.send_signal(signal.SIGCONT)
        time.sleep(3 * SILENCE)
        self.assertEqual(self.holders(), {"sluice:released": 5})
        ours = self.ours("c-3")
        until(self.all_done, "what was given back")
        self.assert_printed(ours, ids)

    def test_ours_hears_that_theirs_took_an_entry_and_leaves_it_to_them(self):
        self.add(1)
        holding = self.ours("c", "--ack", "never")
        until(lambda: len(holding.ids()) == 1, "the entry")
        thief = GroupSource(self.server.url, self.stream, self.group, "t", None)
        thief.claimed_from("c")
        until(lambda: b"was taken away" in self.told(holding), "the word that it is lost")
        holding.process.send_signal(signal.SIGTERM)
        holding.process.wait()
        self.assertEqual(self.holders(), {"t": 1})

    def told(self, member):
        os.set_blocking(member.process.stderr.fileno(), False)
        return member.process.stderr.read() or b""

    def test_nothing_is_lost_while_members_of_both_kinds_are_killed(self):
        members = [self.ours("c-0"), self.theirs("t-0", seconds=0.002)]
        everybody = list(members)
        ids = []
        for turn in range(1, 7):
            ids += self.add(40, first=40 * turn)
            time.sleep(0.2)
            leaving = members.pop(0)  # in turn: one of ours, one of theirs
            (leaving.kill if isinstance(leaving, Theirs) else leaving.process.kill)()
            members.append(self.theirs(f"t-{turn}", seconds=0.002)
                           if isinstance(leaving, Theirs) else self.ours(f"c-{turn}"))
            everybody.append(members[-1])
        until(self.all_done, "all entries")
        until(lambda: {each for member in everybody for each in member.ids()} == set(ids),
              "every entry in somebody's lines")


if __name__ == "__main__":
    unittest.main()
