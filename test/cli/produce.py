"""sluice produce"""

import os
import time
import unittest

from support import ToolTest


class Json(ToolTest):
    def produce(self, text, *words, code=0):
        return self.run_tool("produce", self.stream, *words, text=text, code=code)

    def added(self):
        return self.server.entries(self.stream)

    def test_strings_are_values_as_they_are(self):
        self.produce('{"name":"Zoë \\"x\\" \\u00e9\\u0000\\n","":""}'.encode())
        self.assertEqual(self.added(), [[(b"name", 'Zoë "x" é\0\n'.encode()), (b"", b"")]])

    def test_all_else_is_kept_as_it_was_written(self):
        self.produce(b'{"a":12.50,"b":1e400,"c":123456789012345678901,"d":true,"e":null,'
                     b'"f": [1.0, "x]\\"", {"g" : []}] ,"h":{"i":{}},"j":-0}')
        self.assertEqual(self.added(), [[
            (b"a", b"12.50"), (b"b", b"1e400"), (b"c", b"123456789012345678901"), (b"d", b"true"),
            (b"e", b"null"), (b"f", b'[1.0, "x]\\"", {"g" : []}]'), (b"h", b'{"i":{}}'),
            (b"j", b"-0")]])

    def test_order_and_repeated_names_are_kept(self):
        self.produce(b'{"b":"1","a":"2","b":"3"}')
        self.assertEqual(self.added(), [[(b"b", b"1"), (b"a", b"2"), (b"b", b"3")]])

    def test_blank_lines_are_passed_over_and_the_last_line_needs_no_end(self):
        self.produce(b'\n{"a":"1"}\r\n  \n\t{ "a" : "2" } ')
        self.assertEqual(self.added(), [[(b"a", b"1")], [(b"a", b"2")]])

    def test_an_empty_input_makes_no_stream(self):
        self.produce(b"")
        self.assertEqual(self.server.command("EXISTS", self.stream), 0)

    def test_a_bad_line_is_named_and_ends_it_after_the_lines_before(self):
        done = self.produce(b'{"a":1}\n{"a":2\n{"a":3}\n', code=3)
        self.assertRegex(done.err.decode(), r"^sluice: line 2: no JSON, wrong at byte 7 .*--skip-bad")
        self.assertIn(b"1 entries were produced, all confirmed", done.err)
        self.assertEqual(self.added(), [[(b"a", b"1")]])

    def test_skip_bad_goes_on_and_tells_each(self):
        bad = [b"{", b"[1]", b"{}", b"1 2", b'{"a":1}x', b'{"a":"\xff"}', b'{"a":"\\ud800"}',
               b"\x00\x01\x02", b"[" * 100_000]
        done = self.produce(b"\n".join([*bad, b'{"good":1}']), "--skip-bad", code=3)
        self.assertEqual([line.split(b":")[1] for line in done.err.splitlines()],
                         [b" line %d" % (i + 1) for i in range(len(bad))])
        self.assertEqual(self.added(), [[(b"good", b"1")]])

    def test_garbage_is_refused(self):
        self.produce(os.urandom(300_000).replace(b"\n", b"x") + b"\n", code=3)
        self.assertEqual(self.server.command("EXISTS", self.stream), 0)

    def test_many_lines_keep_their_order(self):
        self.produce(b"".join(b'{"n":%d}\n' % i for i in range(20_000)))
        self.assertEqual([int(fields[0][1]) for fields in self.added()], list(range(20_000)))

    def test_the_input_may_be_a_file(self):
        with open(os.path.join(self.server.folder, "lines"), "w+b") as file:
            file.write(b'{"a":1}\n' * 3_000)
            file.seek(0)
            self.finish(self.start("produce", self.stream, stdin=file), 0)
        self.assertEqual(len(self.added()), 3_000)

    def test_a_folder_is_no_input(self):
        folder = os.open(self.server.folder, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        done = self.finish(self.start("produce", self.stream, stdin=folder), 3)
        self.assert_one_line(done.err)


class Lines(ToolTest):
    def test_every_line_is_an_entry_with_its_bytes(self):
        self.run_tool("produce", self.stream, "--lines", text=b"one\n\n\xff\x00\r\nlast")
        self.assertEqual(self.server.entries(self.stream),
                         [[(b"line", value)] for value in (b"one", b"", b"\xff\x00\r", b"last")])

    def test_a_huge_line_is_an_entry(self):
        self.run_tool("produce", self.stream, "--lines", text=b"x" * (15 << 20) + b"\ny")
        self.assertEqual([len(fields[0][1]) for fields in self.server.entries(self.stream)],
                         [15 << 20, 1])

    def test_a_line_beyond_the_limit_is_a_bad_line(self):
        done = self.run_tool("produce", self.stream, "--lines", "--skip-bad", code=3,
                             text=b"a\n" + b"x" * (17 << 20) + b"\nb\n" + b"y" * (17 << 20))
        self.assertRegex(done.err.decode(), r"line 2: longer than 16 MiB.*\n.*line 4: longer")
        self.assertEqual(self.server.entries(self.stream), [[(b"line", b"a")], [(b"line", b"b")]])


class Fields(ToolTest):
    def test_fields_make_one_entry_and_its_id_is_printed(self):
        done = self.run_tool("produce", "--field", "a=1", self.stream, "--field", "b=x=y",
                             "--field", "a=", "--field", "=[1,2]")
        (entry_id, _), = self.server.command("XRANGE", self.stream, "-", "+")
        self.assertEqual(done.out, entry_id + b"\n")
        self.assertEqual(self.server.entries(self.stream),
                         [[(b"a", b"1"), (b"b", b"x=y"), (b"a", b""), (b"", b"[1,2]")]])

    def test_a_field_without_a_value_is_a_wrong_command_line(self):
        self.run_tool("produce", self.stream, "--field", "a", code=2)

    def test_one_entry_or_lines_but_not_both(self):
        self.run_tool("produce", self.stream, "--field", "a=1", "--lines", code=2)


class Bounds(ToolTest):
    def test_maxlen_cuts_the_stream(self):
        self.run_tool("produce", self.stream, "--lines", "--maxlen", "200", text=b"x\n" * 2_000)
        self.assertLess(self.server.command("XLEN", self.stream), 400)

    def test_rate_is_kept(self):
        start = time.monotonic()
        self.run_tool("produce", self.stream, "--lines", "--rate", "50", text=b"x\n" * 26)
        self.assertGreaterEqual(time.monotonic() - start, 0.5)
        self.assertEqual(self.server.command("XLEN", self.stream), 26)

    def test_numbers_out_of_range_are_a_wrong_command_line(self):
        for words in (("--rate", "0"), ("--rate", "-1"), ("--rate", "x"), ("--maxlen", "0"),
                      ("--maxlen", "-5")):
            self.run_tool("produce", self.stream, *words, code=2)

    def test_a_count_that_is_none_is_told_in_words(self):
        for number in ("0", "x", "1.5", "9223372036854775808"):
            done = self.run_tool("produce", self.stream, "--maxlen", number, code=2)
            self.assertIn(f"--maxlen: wants a whole number of at least 1, not '{number}'".encode(),
                          done.err)


class Refusals(ToolTest):
    def test_a_key_of_another_type_is_told(self):
        self.server.command("SET", self.stream, "x")
        done = self.run_tool("produce", self.stream, "--lines", text=b"x\n" * 5_000, code=1)
        self.assertRegex(done.err.decode(), "another type.*; 0 are confirmed")
        self.run_tool("produce", self.stream, "--field", "a=1", code=1)

    def test_an_endless_input_ends_with_the_first_failure(self):
        self.server.command("SET", self.stream, "x")
        zeros = self.start("produce", self.stream, "--lines", stdin=self.endless())
        self.finish(zeros, 1)


if __name__ == "__main__":
    unittest.main()
