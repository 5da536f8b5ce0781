"""sluice box list, subscribers, read, write, prune"""

import json
import os
import pty
import signal
import subprocess
import unittest

from support import PATIENCE, TOOL, ToolTest, until


class Boxes(ToolTest):
    """Each test has a channel of its own; its client is me."""

    layout = ()
    head = "sluice:box:"

    def key(self, kind, name=None):
        return f"{self.head}{kind}#{name or self.stream}"

    def box(self, verb, *words, **how):
        return self.run_tool("box", verb, *words, *self.layout, **how)

    def write(self, *lines, channel=None, **how):
        text = "".join(line + "\n" for line in lines).encode()
        return self.box("write", channel or self.stream, "--client", "desk", text=text, **how)

    def reading(self, *words, client="me"):
        return ("box", "read", self.stream, "--client", client, *self.layout, *words)

    def read(self, *words, **how):
        words = self.reading("--timeout", "0", *words, client=how.pop("client", "me"))
        done = self.run_tool(*words, **how)
        return [json.loads(line) for line in done.out.splitlines()]

    def data(self, *words, **how):
        return [each["data"] for each in self.read(*words, **how)]

    def lines(self, verb, *words, **how):
        return [json.loads(line) for line in
                self.box(verb, *words, "--json", **how).out.splitlines()]

    def position(self, client="me"):
        found = self.server.command("ZSCORE", self.key("clients:channel"), client)
        return None if found is None else int(found)

    def stored(self):
        messages = self.key("messages:channel")
        return self.server.command("XLEN" if not self.layout else "ZCARD", messages)

    def on_terminal(self, *words, typed):
        """What a verb shows to somebody at a terminal who types an answer."""
        master, slave = pty.openpty()
        process = subprocess.Popen([TOOL, *words], stdin=slave, stdout=slave, stderr=slave,
                                   env={**os.environ, "REDIS_URL": self.server.url})
        self.addCleanup(self.end, process)
        os.close(slave)
        os.write(master, typed)
        shown = b""
        while True:
            try:
                piece = os.read(master, 4096)
            except OSError:
                break
            shown += piece
        os.close(master)
        self.assertEqual(process.wait(timeout=PATIENCE), 0, shown)
        return shown.decode()


class Writing(Boxes):
    def test_each_line_is_a_message_and_each_client_reads_all_of_them(self):
        self.read()
        self.write("hello", "", "Zoë \"1\"", "\x1b[2J")
        first, empty, quoted, steering = self.read()
        self.assertEqual(list(first), ["channel", "id", "ts", "src", "data"])
        self.assertEqual((first["channel"], first["id"]), (self.stream, 1))
        self.assertEqual((first["src"], first["data"]), ("desk", "hello"))
        self.assertGreater(first["ts"], 1_700_000_000_000_000)
        self.assertEqual((empty["data"], quoted["data"]), ("", "Zoë \"1\""))
        self.assertEqual(steering["data"], "\x1b[2J")
        self.assertEqual(self.data("--start", "earliest", client="you"),
                         ["hello", "", "Zoë \"1\"", "\x1b[2J"])

    def test_lines_may_be_json(self):
        self.read()
        text = b'{"a":[1,null]}\n\n"text"\n1e3\n'
        self.box("write", self.stream, "--json", text=text)
        self.assertEqual(self.data(), [{"a": [1, None]}, "text", 1000.0])

    def test_many_lines_keep_their_order(self):
        self.read()
        self.write(*map(str, range(5_000)))
        self.assertEqual(self.data(), list(map(str, range(5_000))))

    def test_a_bad_line_ends_it_and_says_which(self):
        for text, why, words in ((b"1\n{\"n\":\n2\n", "no JSON", ("--json",)),
                                 (b"1\n\xff\n2\n", "UTF-8", ())):
            done = self.box("write", self.stream, *words, text=text, code=3)
            self.assertRegex(done.err.decode(), f"line 2: .*{why}")
            self.assertIn(b"1 message written, all confirmed", done.err)
        self.assertEqual(self.stored(), 2)

    def test_a_line_that_is_too_long_is_refused(self):
        done = self.box("write", self.stream, text=b"x" * (17 << 20), code=3)
        self.assertIn(b"16 MiB", done.err)

    def test_a_key_of_another_type_is_told(self):
        self.server.command("SET", self.key("messages:channel"), "text")
        process = self.start("box", "write", self.stream, *self.layout)
        process.out, process.err = process.communicate(b"1\n", timeout=PATIENCE)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"WRONGTYPE", process.err)
        self.assertIn(b"0 messages written", process.err)

    def test_a_server_that_is_away(self):
        self.box("write", self.stream, text=b"1\n", code=1, url="unix:///nowhere/s?timeout=100ms")

    def test_ctrl_c_confirms_what_was_read(self):
        process = self.start("box", "write", self.stream, *self.layout)
        process.stdin.write(b"1\n2\n")
        until(lambda: self.stored() == 2, "the messages")
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        self.assertEqual(process.returncode, 130)
        self.assertIn(b"2 messages written, all confirmed", process.stderr.read())


class Reading(Boxes):
    def test_a_client_goes_on_from_where_it_was(self):
        self.read()
        self.write("1", "2")
        self.assertEqual(self.data("--count", "1"), ["1"])
        self.assertEqual(self.data(), ["2"])
        self.assertEqual(self.data(), [])
        self.assertEqual(self.data("--start", "earliest"), ["1", "2"])
        self.assertEqual(self.data("--start", "latest"), [])

    def test_count_is_kept_over_several_channels(self):
        other = self.stream + "-2"
        words = ("box", "read", self.stream, other, "--client", "me", *self.layout)
        self.run_tool(*words, "--timeout", "0")
        self.write("1", "2")
        self.write("3", "4", channel=other)
        done = self.run_tool(*words, "--count", "3")
        found = {(each["channel"], each["data"])
                 for each in map(json.loads, done.out.splitlines())}
        self.assertEqual(found, {(self.stream, "1"), (self.stream, "2"), (other, "3")})
        done = self.run_tool(*words, "--count", "1")
        self.assertEqual(json.loads(done.out)["data"], "4")

    def test_it_waits_for_what_comes(self):
        process = self.start(*self.reading())
        until(lambda: self.position() is not None, "the subscription")
        self.write("1")
        self.assertEqual(json.loads(process.stdout.readline())["data"], "1")
        until(lambda: self.position() == 1, "the commit")
        process.send_signal(signal.SIGINT)
        self.finish(process, 130)
        self.assertEqual(process.err, b"")

    def test_fewer_than_count_has_a_code_of_its_own(self):
        self.read()
        self.write("1")
        done = self.run_tool(*self.reading("--timeout", "0.2", "--count", "2"), code=4)
        self.assertIn(b"only 1 message came", done.err)

    def test_its_reader_may_leave(self):
        process = self.start(*self.reading())
        process.stdout.close()
        process.stdout = None
        self.finish(process, 0)

    def test_what_a_reader_that_left_did_not_take_is_not_read(self):
        self.read()
        self.write(*(f"{n} " + "x" * 100_000 for n in range(5)))  # more than a pipe holds
        process = self.start(*self.reading())
        process.stdout.readline()
        process.stdout.close()
        process.stdout = None
        self.finish(process, 0)
        left = self.position()
        self.assertLess(left, 5)
        self.assertGreaterEqual(left, 1)
        rest = self.data()
        self.assertEqual([each.split()[0] for each in rest],
                         [str(n) for n in range(left, 5)])

    def test_what_was_printed_and_not_committed_comes_again_after_a_crash(self):
        self.read()
        self.write("1")
        process = self.start(*self.reading())
        process.stdout.readline()
        process.kill()
        process.wait()
        self.assertLessEqual(len(self.data()), 1)
        self.assertEqual(self.position(), 1)

    def test_a_full_disk_is_told_and_nothing_counts_as_read(self):
        self.read()
        self.write("1")
        with open("/dev/full", "wb") as full:
            done = self.run_tool(*self.reading("--count", "1"), stdout=full, code=1)
        self.assertIn(b"cannot write the output", done.err)
        self.assertEqual(self.data(), ["1"])

    def test_what_is_no_message_is_shown_as_it_is(self):
        self.read()
        if self.layout:
            self.server.command("ZADD", self.key("messages:channel"), "7", b"no \xff message")
        else:
            self.server.command("XADD", self.key("messages:channel"), "7-0", "data", b"no \xff")
        found, = self.read()
        self.assertEqual((found["id"], found["data"], found["src"]), (7, None, None))
        self.assertTrue(found["raw"].startswith("no \ufffdff"))

    def test_wrong_words_are_told(self):
        for words in (("--start", "yesterday"), ("--count", "0"), ("--timeout", "-1"),
                      ("--layout", "python")):
            self.run_tool(*self.reading(*words), code=2)
        self.run_tool("box", "read", self.stream, code=2)
        self.run_tool("box", "read", "--client", "me", code=2)


class LookingAfter(Boxes):
    def fill(self, stream=None, count=10):
        """Ten messages; me has read six, you have read all."""
        self.read(client="me")
        self.read(client="you")
        self.write(*map(str, range(count)))
        self.read("--count", "6", client="me")
        self.read(client="you")

    def test_channels_are_listed_with_what_the_slowest_has_not_read(self):
        self.fill()
        found = {each["channel"]: each for each in self.lines("list")}[self.stream]
        self.assertGreaterEqual(found.pop("waiting_ms"), 0)
        self.assertEqual(found, {"channel": self.stream, "messages": 10, "subscribers": 2,
                                 "unread": 4})
        table = self.box("list").out.decode()
        self.assertRegex(table, r"\ACHANNEL +MESSAGES +SUBSCRIBERS +UNREAD +WAITING\n")
        self.assertRegex(table, rf"\n{self.stream} +10 +2 +4 +\d.* m?s\n")

    def test_no_channels_are_told(self):
        done = self.run_tool("box", "list", "--prefix", "none:")
        self.assertEqual(done.out, b"")
        self.assertIn(b"there are no channels", done.err)

    def test_a_channel_is_removed_when_that_is_agreed_to(self):
        self.fill()
        words = ("list", "--remove", self.stream)
        self.assertIn(b"--yes", self.box(*words, code=2).err)
        self.assertIn(b"would remove channel " + self.stream.encode() + b", with 10 messages and 2",
                      self.box(*words, "--dry-run").out)
        self.assertEqual(self.stored(), 10)
        self.assertIn(b"removed channel", self.box(*words, "--yes").out)
        self.assertEqual(self.stored(), 0)
        self.box(*words, "--yes", code=4)

    def test_subscribers_are_shown_the_slowest_first(self):
        self.fill()
        me, you = self.lines("subscribers", self.stream)
        self.assertEqual((me["client"], me["position"], me["unread"]), ("me", 6, 4))
        self.assertEqual(you, {"client": "you", "position": 10, "unread": 0, "waiting_ms": None})
        table = self.box("subscribers", self.stream).out.decode()
        self.assertRegex(table, r"\ACLIENT +POSITION +UNREAD +WAITING\nme +6 +4 .*\nyou +10 +0 +-\n")
        done = self.box("subscribers", "nothing")
        self.assertIn(b"nobody subscribes to channel nothing", done.err)

    def test_a_subscriber_is_moved(self):
        self.fill()
        words = ("subscribers", self.stream, "--move", "me", "--to")
        self.assertIn(b"would move me in " + self.stream.encode() + b" from 6 to 8",
                      self.box(*words, "8", "--dry-run").out)
        self.assertEqual(self.position(), 6)
        for where, position in (("8", 8), ("earliest", 0), ("latest", 10)):
            self.assertIn(b" to %d: %d message" % (position, 10 - position),
                          self.box(*words, where, "--yes").out)
            self.assertEqual(self.position(), position)
        self.box("subscribers", self.stream, "--move", "stranger", "--to", "1", "--yes", code=4)
        for wrong in (("--move", "me", "--yes"), ("--to", "1", "--yes"), ("--yes",),
                      ("--move", "me", "--to", "back", "--yes")):
            self.box("subscribers", self.stream, *wrong, code=2)

    def test_a_subscriber_is_removed(self):
        self.fill()
        words = ("subscribers", self.stream, "--remove", "me")
        self.assertIn(b"would end the subscription of me to " + self.stream.encode() +
                      b": 4 messages unread", self.box(*words, "--dry-run").out)
        shown = self.on_terminal("box", *words, *self.layout, typed=b"n\n")
        self.assertIn("nothing was changed", shown)
        self.assertEqual(self.position(), 6)
        self.on_terminal("box", *words, *self.layout, typed=b"y\n")
        self.assertIsNone(self.position())
        self.box(*words, "--yes", code=4)

    def test_those_that_have_been_away_for_long_are_removed(self):
        self.fill()
        words = ("subscribers", self.stream, "--remove-stale")
        self.assertEqual(self.box(*words, "3600", "--yes").out, b"")
        self.assertRegex(self.box(*words, "0.001", "--dry-run").out.decode(),
                         "would end the subscription of me to .*: 4 messages unread, the oldest for")
        self.assertIn(b"ended the subscription of me", self.box(*words, "0.001", "--yes").out)
        self.assertIsNone(self.position())
        self.assertEqual(self.position("you"), 10)

    def test_messages_are_pruned(self):
        self.fill()
        for words, gone in ((("--read",), "would remove 6 messages of 10"),
                            (("--keep", "3"), "would remove 7 messages of 10 in "
                             f"{self.stream}, of which somebody has not read 1"),
                            (("--older-than", "3600"), "would remove 0 messages"),
                            (("--older-than", "0.001"), "would remove 10 messages of 10 in "
                             f"{self.stream}, of which somebody has not read 4")):
            self.assertIn(gone, self.box("prune", self.stream, *words, "--dry-run").out.decode())
        self.assertEqual(self.stored(), 10)
        for words, left in ((("--read",), 4), (("--keep", "3"), 3), (("--older-than", "0.001"), 0)):
            self.box("prune", self.stream, *words, "--yes")
            self.assertEqual(self.stored(), left)
        self.assertEqual(self.position(), 10)

    def test_programs_are_told_what_pruning_did_or_would_do(self):
        self.fill()
        line = {"channel": self.stream, "messages": 10, "removed": 7}
        self.assertEqual(self.lines("prune", self.stream, "--keep", "3", "--dry-run"),
                         [{**line, "unread": 1, "dry_run": True}])
        self.assertEqual(self.lines("prune", self.stream, "--keep", "3", "--yes"),
                         [{**line, "unread": None, "dry_run": False}])
        self.assertEqual(self.stored(), 3)
        self.assertEqual(self.lines("prune", "nothing", "--read", "--yes", code=4), [])

    def test_programs_are_told_what_was_changed_or_would_be(self):
        self.fill()
        who = {"channel": self.stream, "client": "me"}
        words = ("subscribers", self.stream, "--move", "me", "--to", "8")
        self.assertEqual(self.lines(*words, "--dry-run"),
                         [{**who, "position": 6, "to": "8", "dry_run": True}])
        self.assertEqual(self.lines(*words, "--yes"),
                         [{**who, "position": 8, "unread": 2, "dry_run": False}])
        words = ("subscribers", self.stream, "--remove", "me")
        self.assertEqual(self.lines(*words, "--dry-run"), [{**who, "dry_run": True}])
        self.assertEqual(self.lines(*words, "--yes"), [{**who, "dry_run": False}])
        self.assertEqual(self.lines(*words, "--yes", code=4), [])
        words = ("list", "--remove", self.stream)
        line = {"channel": self.stream, "messages": 10, "subscribers": 1}
        self.assertEqual(self.lines(*words, "--dry-run"), [{**line, "dry_run": True}])
        self.assertEqual(self.lines(*words, "--yes"), [{**line, "dry_run": False}])

    def test_what_is_pruned_has_to_be_said_and_to_be_there(self):
        self.box("prune", self.stream, "--yes", code=2)
        self.box("prune", self.stream, "--read", "--keep", "1", "--yes", code=2)
        for how in ("--yes", "--dry-run"):
            done = self.box("prune", self.stream, "--read", how, code=4)
            self.assertIn(b"there are no messages in channel", done.err)


class Rivulet:
    """The same in rivulet's layout."""

    layout = ("--layout", "rivulet")
    head = ""


class RivuletWriting(Rivulet, Writing):
    def test_a_prefix(self):
        self.run_tool("box", "write", "c", *self.layout, "--prefix", "rvl:", text=b"1\n")
        self.assertEqual(self.server.command("ZCARD", "rvl:messages:channel#c"), 1)


class RivuletReading(Rivulet, Reading):
    pass


class RivuletLookingAfter(Rivulet, LookingAfter):
    pass


if __name__ == "__main__":
    unittest.main()
