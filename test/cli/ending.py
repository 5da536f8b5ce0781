"""How the tool ends: by a signal, by a reader that leaves, by a full disk, by a lost server."""

import json
import os
import re
import signal
import subprocess
import threading
import time
import unittest

from support import PATIENCE, TOOL, ToolTest, handles, until

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}


class Endings(ToolTest):
    def consume_group(self, *words, **how):
        return self.start("consume", self.stream, "--group", "g", *words, **how)

    def undelivered(self):
        (_, _, _, _, _, _, _, last, *_), = self.server.command("XINFO", "GROUPS", self.stream)
        return len(self.server.command("XRANGE", self.stream, b"(" + last, "+"))

    def not_acknowledged(self):
        return self.server.pending(self.stream, "g") + self.undelivered()

    def add_lines(self, count):
        self.run_tool("produce", self.stream, "--lines", text=(b"x" * 100 + b"\n") * count)


class Signals(Endings):
    def test_produce_confirms_what_it_sent_and_says_how_many(self):
        for number, code in SIGNALS.items():
            stream = f"{self.stream}-{code}"
            producing = self.start("produce", stream, "--lines", stdin=self.endless())
            until(lambda: self.server.command("XLEN", stream) > 1_000, "a thousand entries")
            producing.send_signal(number)
            self.finish(producing, code)
            told = re.fullmatch(rb"sluice: (\d+) entries were produced, all confirmed\n",
                                producing.err)
            self.assertEqual(int(told[1]), self.server.command("XLEN", stream))

    def test_produce_ends_while_its_input_stands_still(self):
        reading, writing = os.pipe()
        self.addCleanup(os.close, writing)
        producing = self.start("produce", self.stream, "--lines", stdin=reading)
        os.close(reading)
        os.write(writing, b"whole\nhalf")
        until(lambda: self.server.command("XLEN", self.stream) == 1, "the first line")
        producing.send_signal(signal.SIGINT)
        self.finish(producing, 130)
        self.assertEqual(self.server.entries(self.stream), [[(b"line", b"whole")]])

    def test_produce_ends_while_it_keeps_to_a_rate(self):
        producing = self.start("produce", self.stream, "--lines", "--rate", "0.01",
                               stdin=self.endless())
        until(lambda: self.server.command("XLEN", self.stream) == 1, "the first entry")
        producing.send_signal(signal.SIGTERM)
        self.finish(producing, 143)

    def test_consume_ends_while_nothing_comes(self):
        for number, code in SIGNALS.items():
            for words in ((), ("--group", "g")):
                consuming = self.start("consume", self.stream, *words, "--start", "earliest")
                self.server.command("XADD", self.stream, "*", "a", "1")
                self.assertIn(b'"a":"1"', consuming.stdout.readline())
                consuming.send_signal(number)
                self.assertEqual(self.finish(consuming, code).err, b"")
                self.server.command("DEL", self.stream)

    def test_what_a_member_printed_is_what_it_acknowledged(self):
        total = 30_000
        for number, code in SIGNALS.items():
            self.server.command("DEL", self.stream)
            self.add_lines(total)
            consuming = self.consume_group()
            for _ in range(100):
                consuming.stdout.readline()
            consuming.send_signal(number)
            self.finish(consuming, code)
            printed = 100 + consuming.out.count(b"\n")
            self.assertLess(printed, total)
            self.assertIn(consuming.out[-3:], (b"", b"}}\n"))
            self.assertEqual(printed + self.not_acknowledged(), total)

    def test_a_reader_that_stands_still_does_not_hold_it_up(self):
        self.add_lines(10_000)
        consuming = self.consume_group("--consumer", "c")
        until(lambda: self.server.command("EXISTS", self.stream), "the stream")
        consuming.stdout.readline()
        time.sleep(0.3)
        consuming.send_signal(signal.SIGINT)
        consuming.wait(PATIENCE)
        self.assertEqual(consuming.returncode, 130)
        rest = consuming.stdout.read()
        acknowledged = 10_000 - self.not_acknowledged()
        self.assertEqual(1 + rest.count(b"\n"), acknowledged)

    def test_a_signal_while_it_connects(self):
        self.server.signal(signal.SIGSTOP)
        try:
            pinging = self.start("ping")
            until(lambda: handles(pinging, signal.SIGINT), "a handler")
            pinging.send_signal(signal.SIGINT)
            self.finish(pinging, 130)
        finally:
            self.server.signal(signal.SIGCONT)

    def test_a_second_signal_ends_it_at_once(self):
        self.add_lines(10_000)
        consuming = self.consume_group()
        consuming.stdout.readline()
        time.sleep(0.3)
        consuming.send_signal(signal.SIGINT)
        time.sleep(0.2)
        start = time.monotonic()
        consuming.send_signal(signal.SIGTERM)
        consuming.wait(PATIENCE)
        self.assertEqual(consuming.returncode, 143)
        self.assertLess(time.monotonic() - start, 1.5)


class Pipes(Endings):
    def test_a_reader_that_leaves_ends_consume_without_a_word(self):
        self.add_lines(5_000)
        for words in (("--start", "earliest"), ("--group", "g", "--consumer", "c")):
            consuming = self.start("consume", self.stream, *words)
            self.assertIn("fields", json.loads(consuming.stdout.readline()))
            consuming.stdout.close()
            consuming.stdout = None
            self.assertEqual(self.finish(consuming, 0).err, b"")

    def test_a_made_up_member_tells_who_holds_the_line_that_its_reader_cut(self):
        self.add_lines(5_000)
        consuming = self.consume_group("--prefetch", "0")
        consuming.stdout.readline()
        consuming.stdout.close()
        consuming.stdout = None
        self.finish(consuming, 0)
        held = self.server.pending(self.stream, "g")
        self.assertEqual(b" %d entries of " % held in consuming.err, held > 0)

    def test_head_gets_its_line(self):
        self.add_lines(5_000)
        consuming = self.start("consume", self.stream, "--start", "earliest")
        head = subprocess.run(["head", "-1"], stdin=consuming.stdout, stdout=subprocess.PIPE,
                              timeout=PATIENCE, check=True)
        consuming.stdout.close()
        consuming.stdout = None
        self.finish(consuming, 0)
        self.assertIn("fields", json.loads(head.stdout))

    def test_a_reader_that_leaves_while_nothing_comes(self):
        for words in (("consume", self.stream), ("consume", self.stream, "--group", "g"),
                      ("tail", self.stream, "--follow"),
                      ("topic", "listen", self.stream, "--group", "g", "--consumer", "c"),
                      ("listen", self.stream, "--name", "app")):
            with self.subTest(words=words):
                self.leave_while_nothing_comes(*words)

    def leave_while_nothing_comes(self, *words):
        waiting = self.start(*words)
        until(lambda: b"name=sluice-cli" in self.server.command("CLIENT", "LIST"), "its connection")
        waiting.stdout.close()
        waiting.stdout = None
        self.assertEqual(self.finish(waiting, 0).err, b"")
        until(lambda: b"name=sluice-cli" not in self.server.command("CLIENT", "LIST"), "its end")

    def test_a_reader_that_leaves_after_the_first_lines_of_what_is_followed(self):
        self.server.command("XADD", self.stream, "1-0", "n", "1")
        tail = self.start("tail", self.stream, "--follow")
        head = subprocess.run(["head", "-1"], stdin=tail.stdout, stdout=subprocess.PIPE,
                              timeout=PATIENCE, check=True)
        tail.stdout.close()
        tail.stdout = None
        self.assertEqual(self.finish(tail, 0).err, b"")
        self.assertIn(b"1-0", head.stdout)

    def test_verbs_that_print_little_do_not_mind(self):
        for words in (("ping",), ("info",), ("produce", self.stream, "--field", "a=1")):
            reading, writing = os.pipe()
            os.close(reading)
            done = self.start(*words, stdout=writing)
            os.close(writing)
            self.assertEqual(self.finish(done, 0).err, b"")


class Outputs(Endings):
    def test_a_full_disk_is_told_by_every_verb(self):
        self.server.command("XADD", self.stream, "*", "a", "1")
        for words in (("ping",), ("info",), ("produce", self.stream, "--field", "a=1"),
                      ("consume", self.stream, "--start", "earliest"), ("--help",), ("--version",),
                      ("demo", "--help")):
            with self.subTest(words), open("/dev/full", "wb") as full:
                done = self.finish(self.start(*words, stdout=full), 1)
                self.assert_one_line(done.err)
                self.assertIn(b"No space left", done.err)

    def test_a_full_disk_acknowledges_nothing(self):
        self.add_lines(500)
        with open("/dev/full", "wb") as full:
            done = self.finish(self.consume_group("--consumer", "c", stdout=full), 1)
        self.assertIn(b"No space left", done.err)
        self.assertEqual(self.not_acknowledged(), 500)

    def test_a_closed_output_is_told(self):
        for words in (("ping",), ("consume", self.stream, "--start", "earliest")):
            self.server.command("XADD", self.stream, "*", "a", "1")
            done = self.finish(self.closed(words, ">&-"), 1)
            self.assert_one_line(done.err)

    def test_a_closed_input_is_told(self):
        done = self.finish(self.closed(("produce", self.stream), "<&-"), 3)
        self.assert_one_line(done.err)
        self.assertEqual(self.server.command("EXISTS", self.stream), 0)

    def test_a_closed_stderr_harms_nothing(self):
        self.finish(self.closed(("ping",), "2>&-"), 0)
        self.finish(self.closed(("nonsense",), "2>&-"), 2)
        self.finish(self.closed(("consume", self.stream, "--timeout", "0"), "2>&- <&-"), 0)

    def closed(self, words, how):
        """Started by a shell with a standard descriptor closed."""
        return self.start("-c", 'exec "$0" "$@" ' + how, TOOL, *words, program="sh")


class Servers(Endings):
    def test_produce_counts_what_a_lost_server_confirmed(self):
        producing = self.start("produce", self.stream, "--lines", stdin=self.endless(),
                               url=self.server.url + "?timeout=1s")
        until(lambda: self.server.command("XLEN", self.stream) > 1_000, "a thousand entries")
        self.server.kill()
        try:
            self.finish(producing, 1)
        finally:
            self.server.start()
        self.assertRegex(producing.err, rb"(?s)connection.*; \d+ are confirmed\n\Z")

    def test_consume_goes_on_where_it_was_when_the_server_comes_back(self):
        consuming = self.start("consume", self.stream, "--start", "latest", "--count", "2")
        lines = []
        reading = threading.Thread(target=lambda: lines.extend(consuming.stdout))
        reading.start()
        until(lambda: b"name=sluice-cli" in self.server.command("CLIENT", "LIST"), "its connection")
        time.sleep(0.2)
        self.server.command("XADD", self.stream, "1-0", "a", "1")
        until(lambda: len(lines) == 1, "the first entry")
        self.server.kill()
        self.server.start()
        self.server.command("XADD", self.stream, "2-0", "a", "2")
        reading.join(PATIENCE)
        self.assertEqual([json.loads(line)["id"] for line in lines], ["1-0", "2-0"])
        consuming.wait(PATIENCE)
        self.assertEqual(consuming.returncode, 0)
        self.assertIn(b"connecting again", consuming.stderr.read())

    def test_a_timeout_without_a_server_is_no_success(self):
        self.server.command("XADD", self.stream, "*", "a", "1")
        consuming = self.start("consume", self.stream, "--start", "earliest", "--timeout", "1")
        consuming.stdout.readline()
        self.server.kill()
        try:
            self.finish(consuming, 1)
        finally:
            self.server.start()
        self.assertIn(b"was away when the time was up", consuming.err)


if __name__ == "__main__":
    unittest.main()
