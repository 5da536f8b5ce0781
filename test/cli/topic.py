"""sluice topic send, sluice topic listen, sluice topic seen"""

import json
import re
import signal
import unittest
import uuid

from support import ToolTest, until


class Topics(ToolTest):
    """Each test has a topic of its own; its group is g."""

    def key(self, topic=None):
        return f"telstar:stream:{topic or self.stream}"

    def send(self, *lines, **how):
        text = "".join(line + "\n" for line in lines).encode()
        return self.run_tool("topic", "send", self.stream, text=text, **how)

    def listening(self, *words, consumer="c"):
        return ("topic", "listen", self.stream, "--group", "g", "--consumer", consumer, *words)

    def listen(self, *words, **how):
        consumer = how.pop("consumer", "c")
        done = self.run_tool(*self.listening(*words, consumer=consumer), **how)
        return [json.loads(line) for line in done.out.splitlines()]

    def pending_here(self):
        return self.server.pending(self.key(), "g")


class Sending(Topics):
    def test_lines_are_messages_or_data(self):
        given = str(uuid.uuid4())
        self.send('{"id":"{%s}","data":{"n":1}}' % given.upper(), '{"data":[1,"x"]}',
                  '{"n":2,"data":3}', "7", "", '"text"')
        entries = [dict(fields) for fields in self.server.entries(self.key())]
        self.assertEqual([set(fields) for fields in entries], [{b"message_id", b"data"}] * 5)
        self.assertEqual([json.loads(fields[b"data"]) for fields in entries],
                         [{"n": 1}, [1, "x"], {"n": 2, "data": 3}, 7, "text"])
        ids = [fields[b"message_id"].decode() for fields in entries]
        self.assertEqual(ids[0], given)
        self.assertEqual([str(uuid.UUID(each)) for each in ids], ids)
        self.assertEqual(len(set(ids)), 5)

    def test_a_bad_line_ends_it_and_says_which(self):
        for line, why in (('{"n":', "no JSON"), ("1e400", "cannot be written"),
                          ("[" * 70 + "]" * 70, "too deep"), ('{"id":"x","data":1}', "no UUID"),
                          ('{"id":7,"data":1}', "no UUID"), ("NaN", "no JSON")):
            done = self.send("1", line, "2", code=3)
            self.assertRegex(done.err.decode(), f"line 2: .*{why}")
            self.assertIn(b"1 messages were sent, all confirmed", done.err)

    def test_a_server_that_is_away(self):
        done = self.send("1", code=1, url="unix:///nowhere/s?timeout=100ms")
        self.assertEqual(self.server.command("EXISTS", self.key()), 0)
        self.assert_one_line(done.err)

    def test_a_prefix(self):
        self.run_tool("topic", "send", self.stream, "--prefix", "app:", text=b"1\n")
        self.assertEqual(self.server.command("XLEN", "app:stream:" + self.stream), 1)


class Listening(Topics):
    def test_a_line_is_a_message(self):
        given = str(uuid.uuid4())
        self.send('{"id":"%s","data":{"a":"\\u009b\\u007f\\né","n":1}}' % given)
        process = self.run_tool(*self.listening("--count", "1"))
        self.assertNotIn(b"\xc2\x9b", process.out)
        self.assertNotIn(b"\x7f", process.out)
        line = json.loads(process.out)
        self.assertRegex(line.pop("entry"), r"^\d+-\d+$")
        self.assertEqual(line, {"topic": self.stream, "id": given, "redelivered": False,
                                "data": {"a": "\x9b\x7f\né", "n": 1}})
        self.assertEqual(self.pending_here(), 0)
        seen = f"telstar:seen:{self.stream}:g:{given}"
        self.assertEqual(self.server.command("GET", seen), b"1")

    def test_a_message_that_was_sent_twice_is_printed_once(self):
        one = '{"id":"%s","data":1}' % uuid.uuid4()
        self.send(one, one, "2")
        self.assertEqual([line["data"] for line in self.listen("--idle-exit", "0.3")], [1, 2])

    def test_several_topics(self):
        self.send("1")
        self.run_tool("topic", "send", self.stream + "-2", text=b"2\n")
        lines = [json.loads(line) for line in self.run_tool(
            "topic", "listen", self.stream, self.stream + "-2", "--group", "g", "--consumer", "c",
            "--count", "2").out.splitlines()]
        self.assertEqual({line["topic"]: line["data"] for line in lines},
                         {self.stream: 1, self.stream + "-2": 2})

    def test_what_a_crash_left_comes_again_first(self):
        self.send(*map(str, range(5)))
        crashed = self.start(*self.listening("--crash-after", "2"))
        out = crashed.communicate()[0]
        self.assertEqual(crashed.returncode, -signal.SIGKILL)
        self.assertEqual([json.loads(line)["data"] for line in out.splitlines()], [0, 1])
        again = self.listen("--count", "4")
        self.assertEqual([(line["data"], line["redelivered"]) for line in again],
                         [(1, True), (2, True), (3, True), (4, True)])
        self.assertEqual(self.pending_here(), 0)

    def test_fewer_than_count_has_a_code_of_its_own(self):
        self.send("1")
        self.listen("--count", "2", "--idle-exit", "0.2", code=4)

    def test_an_entry_that_is_no_message_ends_it_and_stays(self):
        self.server.command("XADD", self.key(), "*", "data", "1")
        done = self.run_tool(*self.listening(), code=1)
        self.assertIn(b"no field 'message_id'", done.err)
        self.assertIn(b"--unfit", done.err)
        self.assertEqual(self.pending_here(), 1)
        self.send("2")
        for fate, left in (("skip", 1), ("acknowledge", 0)):
            self.listen("--unfit", fate, "--idle-exit", "0.2")
            self.assertEqual(self.pending_here(), left)

    def test_an_entry_that_is_no_message_may_become_a_dead_letter(self):
        self.server.command("XADD", self.key(), "*", "data", "1")
        self.listen("--unfit", "dead-letter", "--idle-exit", "0.2")
        self.assertEqual(self.pending_here(), 0)
        letters = self.run_tool("dead", "list", self.key(), "--json").out
        self.assertEqual(json.loads(letters)["fields"], {"data": "1"})

    def test_ctrl_c_settles_what_was_printed_and_ends(self):
        self.send("1")
        process = self.start(*self.listening())
        self.assertIn(b'"data":1', process.stdout.readline())
        until(lambda: self.pending_here() == 0, "the settle")
        process.send_signal(signal.SIGINT)
        self.finish(process, 130)
        self.assertEqual(process.err, b"")

    def test_its_reader_may_leave(self):
        process = self.start(*self.listening())
        process.stdout.close()
        process.stdout = None
        self.finish(process, 0)

    def test_what_a_reader_that_left_did_not_take_stays_pending(self):
        big = "x" * 100_000  # more than a pipe holds
        self.send(*(json.dumps([n, big]) for n in range(5)))
        process = self.start(*self.listening())
        process.stdout.readline()
        process.stdout.close()
        process.stdout = None
        self.finish(process, 0)
        self.assertEqual(process.err, b"")
        taken = len(self.server.command("KEYS", f"telstar:seen:{self.stream}:g:*"))
        self.assertIn(taken, (1, 2))
        self.assertEqual(len(self.listen("--idle-exit", "0.3")), 5 - taken)

    def test_a_lost_server_is_waited_out(self):
        process = self.start(*self.listening())
        self.send("1")
        process.stdout.readline()
        self.server.command("CLIENT", "KILL", "TYPE", "normal")
        self.send("2")
        self.assertIn(b'"data":2', process.stdout.readline())
        until(lambda: self.pending_here() == 0, "the settle")
        process.send_signal(signal.SIGTERM)
        self.finish(process, 143)
        self.assertTrue(re.search(rb"connect(ed|ing)", process.err))

    def test_words_that_are_missing_are_told(self):
        self.run_tool("topic", code=2)
        self.run_tool("topic", "listen", self.stream, code=2)
        self.run_tool("topic", "listen", self.stream, "--group", "g", code=2)
        done = self.run_tool(*self.listening("--unfit", "x"), code=2)
        self.assertIn(b"x not in {stop,acknowledge,skip,dead-letter}", done.err)


class Seen(Topics):
    def seen(self, *words, **how):
        done = self.run_tool("topic", "seen", self.stream, "--json", *words, **how)
        return [(each["group"], each["seen"]) for each in map(json.loads, done.out.splitlines())]

    def test_what_groups_settled_is_counted(self):
        self.send("1", "2", "3")
        self.listen("--count", "2")
        self.server.command("XGROUP", "CREATE", self.key(), "idle", "0")
        self.assertEqual(self.seen(), [("g", 2), ("idle", 0)])
        self.assertEqual(self.seen("--group", "g"), [("g", 2)])
        self.assertEqual(self.seen("--group", "none", code=4), [])
        table = self.run_tool("topic", "seen", self.stream).out.decode()
        self.assertEqual(table, "GROUP  SEEN\ng         2\nidle      0\n")

    def test_marks_of_a_group_that_is_gone_are_counted_and_those_of_other_topics_are_not(self):
        self.send("1", "2")
        self.listen("--count", "2")
        self.server.command("XGROUP", "DESTROY", self.key(), "g")
        mark = f"telstar:seen:{self.stream}2:g:{uuid.uuid4()}"
        self.server.command("SET", mark, "1")
        self.assertEqual(self.seen(), [("g", 2)])
        self.assertEqual(self.seen("--prefix", "other:"), [])

    def test_a_topic_that_is_not_there_is_told(self):
        done = self.run_tool("topic", "seen", "nowhere")
        self.assertEqual(done.out, b"")
        self.assertIn(b"no groups, and no marks", done.err)
        self.server.command("SET", "telstar:stream:text", "x")
        self.run_tool("topic", "seen", "text", code=1)


if __name__ == "__main__":
    unittest.main()
