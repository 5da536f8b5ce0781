"""Runs an example of the documentation on a server of its own: run.py <name>, the program being
SLUICE_EXAMPLE, and checks what it does."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "cli"))
from support import PATIENCE, Server, end_with_parent, until  # noqa: E402


class Example(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)

    def start(self):
        process = subprocess.Popen(
            [os.environ["SLUICE_EXAMPLE"]], env={**os.environ, "REDIS_URL": self.server.url},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=end_with_parent)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()

    def run_example(self, errors=""):
        """What it prints, once it has ended well."""
        process = self.start()
        out, err = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, err), (0, errors))
        return out

    def add(self, stream, count, *fields):
        for i in range(count):
            self.server.command("XADD", stream, f"{i + 1}-0", *(fields or ("total", "1")))

    def test_consume(self):
        self.add("orders", 3, "customer", "c-17", "total", "12.50")
        process = self.start()
        for _ in range(3):
            self.assertEqual(process.stdout.readline(), "charging c-17 12.50\n")
        until(lambda: self.server.pending("orders", "billing") == 0, "the acknowledgements")

    def test_dead_letters(self):
        self.add("orders", 2, "customer", "c-17", "total", "12,50")
        self.server.command("XGROUP", "CREATE", "orders", "billing", "0")
        for i, total in enumerate(["12,50", "7"]):
            self.server.command(
                "XADD", "orders:dead", f"{i + 5}-0", "dead.stream", "orders", "dead.id", f"{i + 1}-0",
                "dead.group", "billing", "dead.consumer", "billing-1", "dead.reason", "stod",
                "dead.error", "stod", "dead.deliveries", "3", "dead.added", "1", "dead.died", "5",
                "customer", "c-17", "total", total)
        self.assertEqual(self.run_example(),
                         "1-0 of billing: stod, delivered 3 times\n"
                         "2-0 of billing: stod, delivered 3 times\n")
        self.assertEqual(self.server.command("XLEN", "orders:dead"), 0)
        self.assertEqual(self.server.command("XLEN", "orders"), 3)
        self.assertEqual(self.server.pending("orders", "billing"), 1)

    def test_embed(self):
        process = self.start()
        port = int(process.stdout.readline().split()[1])
        with socket.create_connection(("127.0.0.1", port)) as one, one.makefile("rw") as lines:
            lines.write("hello\nthere\n")
            lines.flush()
            ids = [lines.readline().strip() for _ in range(2)]
            self.assertEqual([process.stdout.readline() for _ in range(2)], ["hello\n", "there\n"])
            stored = self.server.command("XRANGE", "lines", "-", "+")
            self.assertEqual([entry[0].decode() for entry in stored], ids)
            process.send_signal(signal.SIGTERM)  # while somebody is connected
            out, err = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, out, err), (0, "done\n", ""))
        self.assertEqual(self.server.pending("lines", "printers"), 0)

    def test_errors(self):
        self.assertEqual(self.run_example(), "visit 1\n")
        self.assertEqual(self.run_example(), "visit 2\n")

    def test_errors_without_a_server(self):
        self.server.kill()
        try:
            process = self.start()
            _, err = process.communicate(timeout=PATIENCE)
            self.assertEqual(process.returncode, 0)
            self.assertRegex(err, "^no server: unix:.*running")
        finally:
            self.server.start()

    def test_exactly_once(self):
        with tempfile.TemporaryDirectory() as folder:
            shop = os.path.join(folder, "shop.db")
            os.environ["SHOP_DATABASE"] = shop
            self.assertEqual(self.run_example(), "invoice for c-17\n")
            # As if it had died before it marked what it sent: the order comes again, for nothing.
            with contextlib.closing(sqlite3.connect(shop)) as database, database:
                database.execute("UPDATE sluice_outbox SET sent = FALSE")
            self.assertEqual(self.run_example(), "invoice for c-17\n")
            self.assertEqual(self.server.command("XLEN", "telstar:stream:orders"), 3)
            with contextlib.closing(sqlite3.connect(shop)) as database:
                for table in "orders", "invoices":
                    count = database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()
                    self.assertEqual(count, (2,))

    def test_follow(self):
        self.server.command("XADD", "orders", "1-0", "a", "long ago")
        self.server.command("XADD", "orders", "*", "customer", "c-17", "total", "12.50")
        self.assertRegex(self.run_example(), r"\A\d+-0 customer=c-17 total=12.50\n\Z")

    def test_handlers(self):
        # Both listeners refuse the last charge.
        flaws = "customer: missing; cents: expected a whole number, got a string; colour: unknown"
        self.assertEqual(self.run_example(),
                         f"r-c-17\nc-17 gets 250 cents back\n{flaws}, {flaws}\n"
                         "booked 1250 cents\n")
        self.assertEqual(self.server.command("XLEN", "billing.charge:dead"), 1)

    def test_pipeline(self):
        self.add("source-1", 2, "name", "Zoë")
        self.add("source-2", 1, "n", "7")
        self.assertEqual(self.run_example(), "")
        lines = b"".join(self.server.command("LRANGE", "preprocessed-data", "0", "-1")).splitlines()
        self.assertEqual(sorted(map(json.loads, lines), key=lambda each: sorted(each.items())),
                         [{"_id": "1-0", "_source": "source-1", "name": "Zoë"},
                          {"_id": "1-0", "_source": "source-2", "n": "7"},
                          {"_id": "2-0", "_source": "source-1", "name": "Zoë"}])
        for stream in "source-1", "source-2":
            self.assertEqual(self.server.pending(stream, "my-group"), 0)

    def test_processes(self):
        process = self.start()
        self.server.command("XADD", "greet", "*", "value", '"Zoë"')
        self.assertRegex(process.stdout.readline(), r"\Aworker [01] greets Zoë\n\Z")
        self.server.command("XADD", "greet", "*", "value", '""')
        self.assertEqual(process.stdout.readline(), "greet failed: nobody to greet\n")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_produce(self):
        self.assertRegex(self.run_example(), r"\Aadded \d+-0\nbilled once\n\Z")
        self.assertEqual(self.server.command("XLEN", "orders"), 1_001)
        self.assertEqual(self.server.command("XLEN", "bills"), 2)

    def test_start(self):
        self.assertRegex(self.run_example(), r"\Athis is \w+ \d+\.\d+\.\d+\n\d+-0 hello\n\Z")

    def test_streams(self):
        self.add("orders", 1_000)
        self.add("invoices", 30)
        self.assertEqual(self.run_example(), "invoices: 10, up to 30-0\norders: 1000, up to 1000-0\n")

    def test_testing(self):
        self.assertIn("All tests passed", self.run_example())

    def test_threads(self):
        self.add("orders", 2_000)
        self.assertEqual(self.run_example(), "packed 2000 orders\n")
        self.assertEqual(self.server.pending("orders", "packers"), 0)

    def test_topics(self):
        process = self.start()
        lines = [process.stdout.readline() for _ in range(5)]
        self.assertEqual(lines, ["3 orders, done\n", "0 orders, done\n"] + ["c-17 pays 3\n"] * 3)
        key = "telstar:stream:orders"
        until(lambda: self.server.pending(key, "billing") == 0, "the settles")
        self.assertEqual(self.server.command("XLEN", key), 4)

    def test_worker(self):
        self.add("orders", 3, "customer", "c-17", "total", "12.50")
        self.server.command("XADD", "orders", "9-0", "customer", "c-1", "total", "2000")
        process = self.start()
        for _ in range(3):
            self.assertEqual(process.stdout.readline(), "billed c-17\n")
        until(lambda: self.server.command("XLEN", "orders:dead") == 1, "the dead letter")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertEqual(self.server.pending("orders", "billing"), 0)


if __name__ == "__main__":
    name = sys.argv[1]
    cases = [each for each in unittest.defaultTestLoader.getTestCaseNames(Example)
             if each == f"test_{name}" or each.startswith(f"test_{name}_")]
    if not cases:
        sys.exit(f"no case for the example {name}")
    outcome = unittest.TextTestRunner().run(unittest.TestSuite(map(Example, cases)))
    sys.exit(not outcome.wasSuccessful())
