"""sluice demo"""

import json
import os
import re
import shutil
import signal
import tempfile
import unittest

from support import ToolTest, until

PACKAGES = "/var/lib/dpkg/status"


class Demo(ToolTest):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix="sluice-demo-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.home = os.path.join(self.folder, "tmp")
        os.mkdir(self.home)

    def demo(self, *words, **how):
        """Starts the demo with a folder for temporary files that nobody else uses."""
        environment = {"TMPDIR": self.home, **how.pop("environment", {})}
        return self.start("demo", *words, environment=environment, **how)

    def records(self, count):
        path = os.path.join(self.folder, "records")
        with open(path, "w", encoding="utf-8") as file:
            for i in range(count):
                file.write(json.dumps({"kind": f"k{i % 3}", "price": i}) + "\n")
        return "--input", path, "--category", "kind", "--amount", "price"

    def processes(self):
        """The processes that were started under this test's folder for temporary files."""
        mark, found = f"TMPDIR={self.home}\0".encode(), []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    if mark in file.read() + b"\0":
                        found.append(pid)
            except OSError:
                pass
        return found

    def assert_nothing_left(self):
        until(lambda: not self.processes(), "its processes to end")
        self.assertEqual(os.listdir(self.home), [])

    def stream_of_demo(self):
        """The name of its stream on a server of ours; empty as long as there is none."""
        return b"".join(key for key in self.server.command("KEYS", "sluice-demo-*")
                        if b":" not in key)

    def account(self, text):
        """The figures of the account by their names."""
        return {name.decode(): int(number) for name, number in
                re.findall(rb"^([a-z][a-z ]*?) {2,}(\d+)(?:  .*)?$", text, re.MULTILINE)}

    def assert_adds_up(self, done, count):
        figures = self.account(done.out)
        self.assertEqual(
            {name: figures[name] for name in ("produced", "worked on", "acknowledged", "pending",
                                              "lost")},
            {"produced": count, "worked on": count, "acknowledged": count, "pending": 0, "lost": 0})
        self.assertGreater(figures["claimed after the crash"], 0)
        self.assertGreater(figures["worked on twice"], 0)
        self.assertTrue(done.out.endswith(b"the account adds up\n"))
        self.assertIn(b"SIGKILL", done.out)
        after = re.search(rb"claimed .* (\d+) ms after its last beat", done.out)
        self.assertGreaterEqual(int(after[1]), 500)
        self.assertIn(b"2 connections", done.out)
        self.assertEqual(done.err, b"")

    @unittest.skipUnless(os.path.exists(PACKAGES), "not a kin of Debian")
    def test_the_packages_of_the_machine(self):
        with open(PACKAGES, "rb") as file:
            count = len(re.findall(rb"^Package: ", file.read(), re.MULTILINE))
        done = self.finish(self.demo(), 0)
        self.assert_adds_up(done, count)
        self.assert_nothing_left()

    def test_any_records_and_the_sums_of_the_work(self):
        done = self.finish(self.demo(*self.records(3_000)), 0)
        self.assert_adds_up(done, 3_000)
        for kind in range(3):
            self.assertRegex(done.out.decode(), rf"k{kind} +1000 +{sum(range(kind, 3_000, 3))}\n")
        self.assert_nothing_left()

    def test_a_single_record(self):
        self.assert_adds_up(self.finish(self.demo(*self.records(1)), 0), 1)

    def test_a_server_of_ones_own_is_left_as_it_was(self):
        self.server.command("SET", self.stream, "kept")
        done = self.finish(self.demo("--url", self.server.url, *self.records(500)), 0)
        self.assert_adds_up(done, 500)
        self.assertEqual(self.server.command("KEYS", "*"), [self.stream.encode()])

    def test_an_account_that_does_not_add_up_is_told(self):
        telling = self.demo("--url", self.server.url, *self.records(20_000))
        until(self.stream_of_demo, "its stream")
        self.server.command("XADD", self.stream_of_demo(), "*", "from", "somebody else")
        self.finish(telling, 4)
        self.assertTrue(telling.out.endswith(b"THE ACCOUNT DOES NOT ADD UP\n"), telling.out)
        self.assertEqual(self.server.command("KEYS", "sluice-demo-*"), [])

    def test_signals_leave_nothing_behind(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            telling = self.demo(*self.records(20_000))
            self.assertTrue(telling.stdout.readline())
            telling.send_signal(number)
            self.finish(telling, code)
            self.assert_nothing_left()

    def test_a_signal_removes_its_stream_from_a_server_of_ones_own(self):
        telling = self.demo("--url", self.server.url, *self.records(20_000))
        until(self.stream_of_demo, "its stream")
        telling.send_signal(signal.SIGINT)
        self.finish(telling, 130)
        self.assertEqual(self.server.command("KEYS", "sluice-demo-*"), [])

    def test_its_processes_end_with_it_when_it_is_killed(self):
        telling = self.demo(*self.records(20_000))
        telling.stdout.readline()
        telling.kill()
        telling.wait()
        until(lambda: not self.processes(), "its processes to end")

    def test_a_full_disk_is_told(self):
        with open("/dev/full", "wb") as full:
            done = self.finish(self.demo(*self.records(100), stdout=full), 1)
        self.assert_one_line(done.err)
        self.assert_nothing_left()

    def test_bad_records(self):
        path = os.path.join(self.folder, "bad")
        for text, told in ((b'{"a":1}\n{"a"\n', b"line 2"), (b"", b"no records"),
                           (b"\xff\n", b"line 1")):
            with open(path, "wb") as file:
                file.write(text)
            done = self.finish(self.demo("--input", path), 3)
            self.assert_one_line(done.err)
            self.assertIn(told, done.err)
        done = self.finish(self.demo("--input", path + "-gone"), 3)
        self.assertIn(b"No such file", done.err)

    def test_without_a_redis_server_it_says_what_to_do(self):
        done = self.finish(self.demo(environment={"PATH": "", "SLUICE_REDIS_SERVER": ""}), 1)
        self.assert_one_line(done.err)
        self.assertIn(b"install redis-server", done.err)


if __name__ == "__main__":
    unittest.main()
