"""sluice consume"""

import json
import re
import time
import unittest

from support import ToolTest, bytes_of

ALL = ("--start", "earliest", "--timeout", "0")


class Printing(ToolTest):
    def print_entry(self, *fields):
        """The line printed for an entry with these fields."""
        self.server.command("XADD", self.stream, "1-1", *fields)
        done = self.run_tool("consume", self.stream, *ALL)
        self.assertEqual(done.out.count(b"\n"), 1)
        return done.out[:-1]

    def test_a_line_has_stream_id_and_fields(self):
        self.assertEqual(self.print_entry("a", "1", "b", "x y"),
                         b'{"stream":"%s","id":"1-1","fields":{"a":"1","b":"x y"}}'
                         % self.stream.encode())

    def test_values_of_a_repeated_name_are_an_array_in_their_order(self):
        line = json.loads(self.print_entry("a", "1", "b", "2", "a", "3", "a", ""))
        self.assertEqual(line["fields"], {"a": ["1", "3", ""], "b": "2"})

    def test_no_byte_is_lost(self):
        every = bytes(range(256))
        values = [every, every[::-1], b"\xff", "\ufffd".encode(), "\ufffdff".encode(), b"\xc3",
                  "é€😀".encode(), b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b""]
        line = self.print_entry(*[word for i, value in enumerate(values) for word in (i, value)])
        fields = json.loads(line.decode("utf-8"))["fields"]
        self.assertEqual([bytes_of(fields[str(i)]) for i in range(len(values))], values)
        self.assertEqual(fields["2"], "\ufffdff")
        self.assertEqual(fields["6"], "é€😀")

    def test_names_of_bytes_stay_apart(self):
        fields = json.loads(self.print_entry(b"\xff", "1", "\ufffdff", "2", "a#2", "3"))["fields"]
        self.assertEqual({bytes_of(name): value for name, value in fields.items()},
                         {b"\xff": "1", "\ufffdff".encode(): "2", b"a#2": "3"})

    def test_nothing_printed_steers_a_terminal(self):
        line = self.print_entry("a", b"\x1b[2J\x07\x7f\xc2\x9b2J\r\n\t\"\\")
        self.assertFalse(any(byte < 0x20 or byte == 0x7f for byte in line))
        self.assertNotIn(b"\xc2\x9b", line)
        self.assertEqual(json.loads(line)["fields"]["a"], '\x1b[2J\x07\x7f\x9b2J\r\n\t"\\')

    def test_large_entries_come_whole(self):
        big = "x" * (3 << 20)
        self.assertEqual(json.loads(self.print_entry("a", big, "b", big))["fields"],
                         {"a": big, "b": big})


class Reading(ToolTest):
    def ids(self, *words, **how):
        return [entry["id"] for entry in self.consume(self.stream, *words, **how)]

    def test_all_that_is_there(self):
        self.fill(self.stream, 1_000)
        entries = self.consume(self.stream, *ALL)
        self.assertEqual([int(entry["fields"]["n"]) for entry in entries], list(range(1_000)))

    def test_behind_an_id(self):
        for i in (1, 2, 3):
            self.server.command("XADD", self.stream, f"{i}-0", "a", i)
        self.assertEqual(self.ids("--start", "1-0", "--timeout", "0"), ["2-0", "3-0"])
        self.assertEqual(self.ids("--start", "2", "--timeout", "0"), ["3-0"])

    def test_the_latest_is_the_default(self):
        self.fill(self.stream, 3)
        self.assertEqual(self.ids("--timeout", "0"), [])

    def test_what_is_added_later_comes_at_once(self):
        reading = self.start("consume", self.stream, "--start", "earliest", "--count", "2")
        for text in (b"one", b"two"):
            self.server.command("XADD", self.stream, "*", "a", text)
            self.assertIn(text, reading.stdout.readline())
        self.finish(reading, 0)

    def test_several_streams(self):
        other = self.stream + "-other"
        self.fill(self.stream, 100)
        self.fill(other, 200)
        entries = self.consume(self.stream, other, *ALL)
        self.assertEqual([sum(entry["stream"] == each for entry in entries)
                          for each in (self.stream, other)], [100, 200])

    def test_count_ends_it(self):
        self.fill(self.stream, 300)
        self.assertEqual(len(self.ids("--start", "earliest", "--count", "130")), 130)

    def test_fewer_than_count_before_the_timeout_has_a_code_of_its_own(self):
        self.fill(self.stream, 2)
        done = self.run_tool("consume", self.stream, "--start", "earliest", "--count", "3",
                             "--timeout", "0.2", code=4)
        self.assertEqual(done.out.count(b"\n"), 2)
        self.assertEqual(done.err, b"sluice: only 2 entries came before --timeout\n")

    def test_timeout_waits_so_long(self):
        start = time.monotonic()
        self.assertEqual(self.ids("--timeout", "0.4"), [])
        self.assertGreaterEqual(time.monotonic() - start, 0.4)

    def test_a_key_of_another_type_is_told(self):
        self.server.command("SET", self.stream, "x")
        for words in ((), ("--timeout", "0"), ("--group", "g")):
            done = self.run_tool("consume", self.stream, *words, code=1)
            self.assertRegex(done.err.decode(), f"'{self.stream}'.*another type")

    def test_wrong_command_lines(self):
        for words in (("--start", "x"), ("--start", "-1"), ("--count", "0"), ("--timeout", "-1"),
                      ("--count", "99999999999999999999"), ("--timeout", "nan"),
                      ("--group", ""), ("--group", "g", "--consumer", ""), ("",),
                      ("--consumer", "c"), ("--ack", "never"), ("--group", "g", "--ack", "x")):
            self.run_tool("consume", self.stream, *words, code=2)
        self.run_tool("consume", code=2)


class Groups(ToolTest):
    def member(self, *words, **how):
        return self.consume(self.stream, "--group", "g", *words, **how)

    def consumers(self):
        return [info[1].decode() for info in
                self.server.command("XINFO", "CONSUMERS", self.stream, "g")]

    def undelivered(self):
        (_, _, _, _, _, _, _, last, *_), = self.server.command("XINFO", "GROUPS", self.stream)
        return len(self.server.command("XRANGE", self.stream, b"(" + last, "+"))

    def test_what_was_printed_is_acknowledged(self):
        self.fill(self.stream, 500)
        self.assertEqual(len(self.member("--timeout", "0")), 500)
        self.assertEqual(self.server.pending(self.stream, "g"), 0)
        self.assertEqual(self.member("--timeout", "0"), [])

    def test_count_takes_no_more_than_it_prints(self):
        self.fill(self.stream, 50)
        self.assertEqual(len(self.member("--count", "7")), 7)
        self.assertEqual(self.server.pending(self.stream, "g"), 0)
        self.assertEqual(self.undelivered(), 43)
        self.assertEqual(len(self.member("--count", "43")), 43)

    def test_a_backlog_is_read_in_batches_and_not_one_by_one(self):
        self.run_tool("produce", self.stream, "--lines", text=b"x\n" * 5_000)
        before = self.reads()
        self.assertEqual(len(self.member("--timeout", "0")), 5_000)
        self.assertLess(self.reads() - before, 300)

    def reads(self):
        found = re.search(rb"cmdstat_xreadgroup:calls=(\d+)",
                          self.server.command("INFO", "commandstats"))
        return int(found[1]) if found else 0

    def test_never_leaves_all_pending_and_a_returning_member_gets_them_again(self):
        self.fill(self.stream, 10)
        first = self.member("--consumer", "c", "--ack", "never", "--timeout", "0")
        self.assertEqual(self.server.pending(self.stream, "g"), 10)
        self.assertEqual(self.member("--consumer", "c", "--timeout", "0"), first)
        self.assertEqual(self.server.pending(self.stream, "g"), 0)

    def test_auto_is_acknowledged_by_the_server_and_takes_what_it_prints(self):
        self.fill(self.stream, 10)
        self.assertEqual(len(self.member("--ack", "auto", "--count", "4")), 4)
        self.assertEqual(self.server.pending(self.stream, "g"), 0)
        self.assertEqual(self.undelivered(), 6)

    def test_a_made_up_member_leaves_when_it_holds_nothing(self):
        self.fill(self.stream, 10)
        self.member("--timeout", "0")
        self.assertEqual(self.consumers(), [])

    def test_a_made_up_member_that_holds_entries_stays_and_says_so(self):
        self.fill(self.stream, 3)
        done = self.run_tool("consume", self.stream, "--group", "g", "--ack", "never", "--count", "2")
        name, = self.consumers()
        self.assertEqual(done.err.decode(), f"sluice: 2 entries of {self.stream} stay pending; "
                                            f"--consumer {name} gets them again\n")
        self.assertEqual(len(self.member("--consumer", name, "--timeout", "0")), 3)

    def test_a_named_member_stays(self):
        self.fill(self.stream, 1)
        self.member("--consumer", "c", "--timeout", "0")
        self.assertEqual(self.consumers(), ["c"])

    def test_a_new_group_begins_at_the_earliest_or_where_it_is_told(self):
        self.fill(self.stream, 5)
        self.assertEqual(self.member("--start", "latest", "--timeout", "0"), [])
        self.assertEqual(len(self.consume(self.stream, "--group", "other", "--timeout", "0")), 5)

    def test_members_share(self):
        members = [self.start("consume", self.stream, "--group", "g", "--timeout", "1")
                   for _ in range(3)]
        self.run_tool("produce", self.stream, "--lines", text=b"x\n" * 3_000)
        lines = []
        for each in members:
            lines += self.finish(each, 0).out.splitlines()
        self.assertEqual(len(lines), 3_000)
        self.assertEqual(len({json.loads(line)["id"] for line in lines}), 3_000)
        self.assertEqual(self.server.pending(self.stream, "g"), 0)

    def test_several_streams(self):
        other = self.stream + "-other"
        self.fill(self.stream, 20)
        self.fill(other, 30)
        self.assertEqual(len(self.member(other, "--timeout", "0")), 50)
        self.assertEqual(self.server.pending(self.stream, "g"), 0)
        self.assertEqual(self.server.pending(other, "g"), 0)

    def test_one_wrong_stream_among_others_leaves_nothing_printed_unacknowledged(self):
        wrong = self.stream + "-wrong"
        self.server.command("SET", wrong, "x")
        self.fill(self.stream, 20)
        done = self.run_tool("consume", self.stream, wrong, "--group", "g", "--timeout", "0", code=1)
        printed = done.out.count(b"\n")
        if printed > 0:
            self.assertEqual(self.server.pending(self.stream, "g"), 20 - self.undelivered() - printed)


class WithoutDoorbell(Reading):
    """The same where the server pushes nothing, and readers block on connections of their own."""

    server_options = ("--rename-command", "CLIENT", "")


if __name__ == "__main__":
    unittest.main()
