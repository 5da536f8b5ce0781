"""The live screen of groups, on terminals of all sizes, and what it prints without one."""

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time
import unittest

from support import PATIENCE, TOOL, Server, ToolTest, until

ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"


class Terminal:
    """A terminal with `sluice top` on it, and what it shows."""

    def __init__(self, test, *words, columns=80, rows=24, url=None, term="xterm", program=(TOOL,)):
        self.master, self.slave = pty.openpty()
        self.output = b""
        self.resize(columns, rows)
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            [*program, "top", "--every", "0.1", *words], stdin=self.slave, stdout=self.slave,
            stderr=self.slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**os.environ, "REDIS_URL": url or test.server.url, "TERM": term})
        test.addCleanup(self.close, test)

    def resize(self, columns, rows):
        self.size = columns, rows
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self):
        """Takes what was written so far."""
        while select.select([self.master], [], [], 0)[0]:
            try:
                piece = os.read(self.master, 65536)
            except OSError:
                return
            if not piece:
                return
            self.output += piece

    def rows(self):
        """The rows of the last frame that is whole, without colours."""
        self.read()
        frames = self.output.split(b"\x1b[H")
        if len(frames) < 3:
            return []
        text = frames[-2].split(b"\x1b[?")[0].decode()
        return re.sub(r"\x1b\[[0-9;]*[mKJ]", "", text).replace("\r", "").split("\n")

    def until_shown(self, pattern):
        until(lambda: re.search(pattern, "\n".join(self.rows())), f"{pattern} in {self.rows()}")
        return re.search(pattern, "\n".join(self.rows()))

    def type(self, keys):
        os.write(self.master, keys)

    def end(self, number):
        self.process.send_signal(number)
        return self.wait()

    def wait(self):
        until(lambda: self.read() or self.process.poll() is not None, "its end")
        self.read()
        return self.process.returncode

    def close(self, test):
        test.end(self.process)
        for each in (self.master, self.slave):
            try:
                os.close(each)
            except OSError:
                pass


class TopTest(ToolTest):
    def group(self, stream=None, entries=5, read=2, name="g", consumer="one"):
        stream = stream or self.stream
        self.server.command("XGROUP", "CREATE", stream, name, "0", "MKSTREAM")
        self.fill(stream, entries)
        if read:
            self.server.command("XREADGROUP", "GROUP", name, consumer, "COUNT", read, "STREAMS",
                                stream, ">")

    def terminal(self, *words, **how):
        return Terminal(self, *words, **how)


class Screen(TopTest):
    def test_a_screen_is_drawn_in_place_within_its_columns_and_rows(self):
        self.group()
        for columns, rows in ((80, 24), (60, 10), (40, 5), (20, 3), (200, 60)):
            with self.subTest(columns=columns, rows=rows):
                shown = self.terminal(self.stream, columns=columns, rows=rows)
                if rows > 4:
                    shown.until_shown(r"LAG.*\n.*\b3\b")
                until(shown.rows, "a frame")
                lines = shown.rows()
                self.assertLessEqual(len(lines), rows)
                self.assertLessEqual(max(map(len, lines)), columns)
                self.assertEqual(shown.end(signal.SIGINT), 130)

    def test_groups_and_consumers_are_shown_with_what_they_have(self):
        self.group()
        shown = self.terminal(self.stream)
        shown.until_shown(r"STREAM +GROUP +IN/S +OUT/S +LAG +PENDING +OLDEST +ALIVE +DEAD\n"
                          r"\S+ +g +0 +0 +3 +2 +\S+ +1/1 +0\n")
        shown.until_shown(r"CONSUMER +GROUP +PENDING +ASKED +BEAT\none +g +2 +\S+ +-\n")

    def test_the_worst_group_is_first_and_red(self):
        self.group(self.stream + ":a", entries=50)
        self.group(self.stream + ":b", entries=1, read=0)
        shown = self.terminal(self.stream + ":*")
        shown.until_shown(r"1 abandoned")
        shown.until_shown(r"DEAD\n\S*:b +g")
        self.assertIn(b"\x1b[31m", shown.output)

    def test_rates_are_those_of_the_moment(self):
        self.group(entries=1, read=1)
        shown = self.terminal(self.stream)
        shown.until_shown(r"LAG")

        def works():
            self.fill(self.stream, 50)
            self.server.command("XREADGROUP", "GROUP", "g", "one", "COUNT", 40, "STREAMS",
                                self.stream, ">")
            return re.search(r"g +[1-9]\S* +[1-9]", "\n".join(shown.rows()))
        until(works, "rates")

    def test_heartbeats_are_heard(self):
        self.group()
        shown = self.terminal(self.stream)
        shown.until_shown(r"one +g +2 +\S+ +-\n")
        until(lambda: self.server.command("PUBLISH", "g", "one") and
              re.search(r"one +g +2 +\S+ +\d\.\ds", "\n".join(shown.rows())), "a beat")

    def test_the_terminal_is_as_it_was_however_it_ends(self):
        self.group()
        for end, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129),
                          (b"q", 0), (b"\x03", 130)):
            with self.subTest(end=end):
                shown = self.terminal(self.stream)
                shown.until_shown(r"LAG")
                if isinstance(end, bytes):
                    shown.type(end)
                    self.assertEqual(shown.wait(), code)
                else:
                    self.assertEqual(shown.end(end), code)
                shown.read()
                self.assertTrue(shown.output.startswith(ENTER), shown.output[:40])
                self.assertTrue(shown.output.endswith(LEAVE), shown.output[-40:])
                self.assertEqual(termios.tcgetattr(shown.slave), shown.before)

    def test_in_the_background_it_waits_until_it_is_brought_to_the_fore(self):
        self.group()
        words = '"$0" "$@" & read line; kill -CONT $!; read line; fg'
        shown = self.terminal(self.stream, program=("sh", "-m", "-c", words, TOOL))

        def state():
            try:
                with open(f"/proc/{shown.process.pid}/task/{shown.process.pid}/children") as found:
                    child, = found.read().split()
                with open(f"/proc/{child}/stat") as found:
                    return found.read().rsplit(")", 1)[1].split()[0]
            except (OSError, ValueError):
                return None
        for _ in range(2):
            until(lambda: state() == "T", "it to be stopped")
            time.sleep(0.3)
            shown.read()
            self.assertNotIn(b"\x1b", shown.output)
            shown.type(b"\n")
        shown.until_shown(r"LAG.*\n.*\b3\b")
        shown.type(b"q")
        self.assertEqual(shown.wait(), 0)

    def test_a_closed_terminal_ends_it(self):
        self.group()
        shown = self.terminal(self.stream)
        shown.until_shown(r"LAG")
        os.close(shown.slave)
        os.close(shown.master)
        self.assertIn(shown.process.wait(PATIENCE), (0, 129))

    def test_the_window_size_is_followed(self):
        self.group()
        shown = self.terminal(self.stream, columns=100, rows=30)
        shown.until_shown(r"CONSUMER")
        shown.resize(50, 8)
        shown.process.send_signal(signal.SIGWINCH)
        until(lambda: max(map(len, shown.rows())) <= 50 and len(shown.rows()) <= 8, "the new size")

    def test_stopping_and_going_on_gives_the_terminal_back_and_takes_it_again(self):
        self.group()
        shown = self.terminal(self.stream)
        shown.until_shown(r"LAG")
        shown.process.send_signal(signal.SIGTSTP)
        until(lambda: shown.read() or shown.output.endswith(LEAVE), "the terminal")
        shown.output = b""
        shown.process.send_signal(signal.SIGCONT)
        until(lambda: shown.read() or ENTER in shown.output, "the screen")
        shown.until_shown(r"LAG")

    def test_a_server_that_restarts_is_told_on_the_screen_and_it_goes_on(self):
        self.group()
        shown = self.terminal(self.stream)
        shown.until_shown(r"g .* 3 +2 ")
        self.server.kill()
        shown.until_shown(r"no connection for")
        self.server.start()
        self.group(entries=9, read=2)
        shown.until_shown(r"g .* 7 +2 ")
        self.assertNotRegex("\n".join(shown.rows()), "no connection")

    def test_names_that_steer_terminals_or_are_too_long_stay_in_their_column(self):
        ugly = self.stream + ":\x1b[31m\r\n\u009b2J\u202e" + "x" * 200 + "\u65e5\u672c\xff end"
        self.group(ugly, name="g\x1b[5m\x07" + "y" * 50, consumer="\x1b]0;title\x07")
        shown = self.terminal(self.stream + "*")
        shown.until_shown(r"PENDING +ASKED")
        self.assertLessEqual(max(map(len, shown.rows())), 80)
        for each in (b"\x1b[5m", b"\x07", b"\xc2\x9b", b"title\x07", "\u202e".encode()):
            self.assertNotIn(each, shown.output)

    def test_a_terminal_that_cannot_draw_gets_tables(self):
        self.group()
        shown = self.terminal(self.stream, "--once", term="dumb")
        self.assertEqual(shown.wait(), 0)
        self.assertNotIn(b"\x1b", shown.output)


class Snapshots(TopTest):
    def lines(self, *words, **how):
        done = self.run_tool("top", "--every", "0.1", "--json", *words, **how)
        return [json.loads(line) for line in done.out.splitlines()]

    def test_once_prints_one_line_a_group_with_rates(self):
        self.group()
        found, = self.lines(self.stream, "--once")
        self.assertEqual((found["stream"], found["group"], found["state"]),
                         (self.stream, "g", "working"))
        self.assertLess(abs(found["at_ms"] / 1000 - time.time()), PATIENCE)
        self.assertEqual((found["lag"], found["pending"], found["lag_estimated"]), (3, 2, False))
        self.assertEqual((found["added_per_s"], found["taken_per_s"], found["settled_per_s"]),
                         (0, 0, 0))
        self.assertEqual(found["consumers"][0]["consumer"], "one")
        self.assertIsNone(found["consumers"][0]["beat_ms"])

    def test_so_many_tables_come_as_were_asked_for(self):
        self.group()
        done = self.run_tool("top", self.stream, "--every", "0.1", "--count", "3")
        self.assertEqual(len(re.findall(r"^STREAM +GROUP +STATE ", done.out.decode(), re.M)), 3)
        self.assertNotIn(b"\x1b", done.out)

    def test_streams_are_chosen_by_names_and_patterns(self):
        for each in "abc":
            self.group(f"{self.stream}:{each}")
        self.group(self.stream + ":x1")
        found = self.lines(self.stream + ":a", self.stream + ":x*", self.stream + ":none", "--once")
        self.assertEqual([each["stream"][-2:] for each in found], [":a", "x1"])

    def test_rows_are_the_worst(self):
        for i in range(30):
            self.group(f"{self.stream}:{i}", entries=i + 2)
        found = self.lines(self.stream + ":*", "--once", "--rows", "2")
        self.assertEqual([each["lag"] for each in found], [29, 28])

    def test_it_goes_on_until_its_reader_leaves(self):
        self.group()
        top = self.start("top", self.stream, "--every", "0.1", "--json")
        for _ in range(3):
            self.assertEqual(json.loads(top.stdout.readline())["group"], "g")
        top.stdout.close()
        top.stdout = None
        self.assertEqual(self.finish(top, 0).err, b"")

    def test_a_right_that_is_missing_ends_it(self):
        self.group()
        self.server.command("ACL", "SETUSER", "guest", "on", ">word", "+@all", "-scan", "&*", "~*")
        url = self.server.url + "?user=guest&password=word"
        done = self.run_tool("top", self.stream + "*", "--json", url=url, code=1)
        self.assertEqual(done.out, b"")

    def test_while_looks_fail_it_rests(self):
        server = Server("--rename-command", "SCAN", "")
        self.addCleanup(server.close)
        top = self.start("top", "--every", "0.4", "--json", url=server.url)
        self.assertIn(b"SCAN", top.stderr.readline())
        time.sleep(1)
        top.terminate()
        done = self.finish(top, 143)
        self.assertEqual(done.out, b"")
        self.assertLess(done.err.count(b"\n"), 5, done.err[:1000])

    def test_what_was_known_is_not_printed_again_after_a_look_that_failed(self):
        self.group()
        top = self.start("top", self.stream, "--every", "0.1", "--json")
        self.assertEqual(json.loads(top.stdout.readline())["group"], "g")
        with self.busy_server():
            began = time.time()
            time.sleep(2)
            ended = time.time()
        # What was asked before may still be printed.
        since = iter(lambda: json.loads(top.stdout.readline())["at_ms"] / 1000 - began, None)
        since = next(each for each in since if each > 1)
        self.assertGreater(since, ended - began)
        top.terminate()
        self.assertIn(b"a script", self.finish(top, 143).err)

    @contextlib.contextmanager
    def busy_server(self):
        """Meanwhile it answers with an error."""
        def run_for_ever():
            with contextlib.suppress(RuntimeError):
                self.server.command("EVAL", "while true do end", 0)

        self.server.command("CONFIG", "SET", "lua-time-limit", "10")
        script = threading.Thread(target=run_for_ever)
        script.start()
        try:
            until(lambda: not self.server.answers(), "the script")
            yield
        finally:
            self.server.command("SCRIPT", "KILL")
            script.join()

    def test_no_server_is_an_error_at_the_start(self):
        self.run_tool("top", "--once", url="unix:///nowhere/s", code=1)

    def test_neither_keys_nor_a_write_is_sent(self):
        self.group()
        self.server.command("CONFIG", "RESETSTAT")
        self.lines(self.stream + "*", "--count", "3")
        told = self.server.command("INFO", "commandstats").decode()
        used = set(re.findall(r"cmdstat_([^:]+)", told)) - {"config|resetstat", "set"}  # a probe
        self.assertLessEqual(used, {"hello", "ping", "client|tracking", "client|setinfo", "scan",
                                    "client|setname", "command|info", "xinfo|groups", "xlen",
                                    "xinfo|consumers", "xrange", "xpending", "time", "subscribe",
                                    "select", "info", "auth", "client|no-evict"})


class ManyStreams(TopTest):
    def test_one_table_shows_the_worst_of_more_streams_than_a_look_asks_about(self):
        # Less waits for the ninth than for the others, but nobody is there to take it.
        self.server.command(
            "EVAL", "for i=1,1000 do local k=ARGV[1]..':'..i "
            "redis.call('XADD',k,'1-0','n',1) redis.call('XADD',k,'2-0','n',1) "
            "redis.call('XGROUP','CREATE',k,'g',i==9 and '1-0' or '0') "
            "redis.call('XREADGROUP','GROUP','g',i==9 and 'sluice:released' or 'one','COUNT',1,"
            "'STREAMS',k,'>') end", 0, self.stream)
        done = self.run_tool("top", self.stream + ":*", "--once", "--json", "--every", "0.1",
                             "--rows", "1")
        found = json.loads(done.out)
        self.assertEqual((found["stream"], found["state"]), (self.stream + ":9", "abandoned"))
        self.assertEqual(found["dead_letters"], 0)
        self.server.command("FLUSHALL")

    def test_a_look_is_bounded_however_many_streams_there_are(self):
        count = int(os.environ.get("SLUICE_TEST_STREAMS", "1500"))
        self.server.command("EVAL", "for i=1,ARGV[1] do redis.call('XADD','many:'..i,'*','n',1) "
                            "redis.call('XGROUP','CREATE','many:'..i,'g','$') end", 0, count)
        top = self.start("top", "--every", "0.2", "--json", "--rows", "20")
        for _ in range(20):
            top.stdout.readline()
        self.server.command("CONFIG", "RESETSTAT")
        for _ in range(60):
            top.stdout.readline()
        told = self.server.command("INFO", "commandstats").decode()
        calls = int(re.search(r"cmdstat_xinfo\|groups:calls=(\d+)", told)[1])
        self.assertLessEqual(calls, 4 * (200 + 20))
        self.assertNotIn("cmdstat_keys", told)


if __name__ == "__main__":
    unittest.main()
