"""Runs an example of the documentation on a server of its own: run.py <name>, the program being
SLUICE_EXAMPLE, and checks what it does."""

import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "cli"))
from mock_kafka import MockKafka  # noqa: E402
from support import PATIENCE, Server, end_with_parent, until  # noqa: E402


class Example(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)

    def start(self, **environment):
        process = subprocess.Popen(
            [os.environ["SLUICE_EXAMPLE"]],
            env={**os.environ, "REDIS_URL": self.server.url, **environment},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=end_with_parent)
        self.addCleanup(self.end, process)
        return process

    def stop(self, process):
        """What it still prints, once SIGTERM has ended it well."""
        process.send_signal(signal.SIGTERM)
        return self.finish(process)

    def finish(self, process):
        out, err = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, err), (0, ""))
        return out

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

    def pop(self, key):
        return json.loads(self.server.command("BRPOP", key, PATIENCE)[1])

    def pop_lines(self, key, count):
        """So many lines of JSON, however many an element has."""
        lines = []
        while len(lines) < count:
            lines += map(json.loads, self.server.command("BLPOP", key, PATIENCE)[1].splitlines())
        return lines

    def test_beside_rivulet(self):
        process = self.start()
        self.assertEqual(process.stdout.readline(),
                         "my-channel-0 1 client-1: the message as a string\n")
        self.assertEqual(process.stdout.readline(),
                         'my-channel-0 2 client-1: {"customer":"c-17","cents":1250}\n')
        self.assertEqual(self.server.command("ZSCORE", "clients:channel#my-channel-1", "client-1"),
                         b"0")
        self.server.command("INCRBY", "ids:channel#my-channel-1", "1")
        self.server.command("ZADD", "messages:channel#my-channel-1", "1", json.dumps(
            {"id": 1, "ts": 1795229168221000, "src": "py", "data": "hello"}))
        self.assertEqual(process.stdout.read(), "my-channel-1 1 py: hello\n"
                         "my-channel-0: 1 subscriber, 2 stored\n"
                         "my-channel-1: 1 subscriber, 1 stored\n")
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertEqual(self.server.command("KEYS", "*channel#*"), [])

    def test_beside_streamback(self):
        process = self.start(STREAMS=f"main={self.server.url}&feedback={self.server.url}")
        asked = self.pop("test_hello")
        self.assertEqual((asked["event"], asked["value"]),
                         ("message", {"something": "Hello world!"}))
        for said in ({"event": "response", "value": "Hello!"}, {"event": "response_end"}):
            self.server.command("LPUSH", asked["feedback_topic"], json.dumps(said))
        self.assertEqual(process.stdout.readline(), '"Hello!"\n')

        self.server.command("LPUSH", "test_hello_stream", json.dumps(
            {"event": "message", "value": {"a": 1}, "feedback_topic": "streamback_feedback_1"}))
        self.assertEqual(process.stdout.readline(), 'received: {"a":1}\n')
        heard = [self.pop("streamback_feedback_1") for _ in range(4)]
        self.assertEqual([each.get("value") for each in heard],
                         [{"hello": 0}, {"hello": 1}, {"hello": 2}, None])
        self.assertEqual((heard[-1]["event"], heard[-1]["source_group"]),
                         ("response_end", "example_app"))
        self.assertEqual(self.stop(process), "")

    def test_beside_streamz_redis(self):
        for key in "data-source-1", "data-source-2":
            self.server.command("RPUSH", key, '{"n":1}', '{"n":2}')
        self.server.command("XADD", "test-stream", "1-0", "i", -1)
        # What a member of this name had in hand when it was killed.
        self.add("source-stream-1", 2, "name", "Zoë")
        self.add("source-stream-2", 1, "n", "7")
        self.server.command("XGROUP", "CREATE", "source-stream-1", "my-group", "0")
        self.server.command("XREADGROUP", "GROUP", "my-group", "stream-consumer-1",
                            "STREAMS", "source-stream-1", ">")
        process = self.start()
        from_lists = self.pop_lines("preprocessed-data", 4)
        self.assertEqual([(each["_source"], each["n"]) for each in from_lists],
                         [(f"data-source-{i}", n) for i in (1, 2) for n in (1, 2)])
        until(lambda: b"cmdstat_xinfo|stream" in self.server.command("INFO", "commandstats"),
              "a reader that knows where it begins")
        for i in range(3):
            self.server.command("XADD", "test-stream", f"2-{i}", "i", i)
        out = self.finish(process).splitlines()
        self.assertEqual(out[:3], [f"test-stream 2-{i} i={i}" for i in range(3)])
        self.assertEqual(sorted(out[3:]), ["test-stream 1-0 i=-1"] + out[:3])
        lines = self.pop_lines("preprocessed-data", 3)
        self.assertEqual(sorted((each["_source"], each["_id"]) for each in lines),
                         [("source-stream-1", "1-0"), ("source-stream-1", "2-0"),
                          ("source-stream-2", "1-0")])
        for stream in "source-stream-1", "source-stream-2":
            self.assertEqual(self.server.pending(stream, "my-group"), 0)

    def test_consume(self):
        self.add("orders", 3, "customer", "c-17", "total", "12.50")
        process = self.start()
        for _ in range(3):
            self.assertEqual(process.stdout.readline(), "charging c-17 12.50\n")
        until(lambda: self.server.pending("orders", "billing") == 0, "the acknowledgements")

    def test_night_watch(self):
        for i in range(1, 6):
            self.server.command("XADD", "orders", f"{i}-0", "n", i)
        self.server.command("XGROUP", "CREATE", "orders", "billing", "0")
        self.server.command("XREADGROUP", "GROUP", "billing", "billing-1", "COUNT", "2",
                            "STREAMS", "orders", ">")
        self.assertEqual(self.run_example(),
                         "billing of orders is stuck: 2 pending, 3 to come\n"
                         "  billing-1 has had 1-0\n"
                         "billing of orders: working\n")

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

    def test_feedback(self):
        # Where the machine is very busy nobody begins with the report before its time is over.
        self.assertRegex(self.run_example(),
                         r'\A1000 orders\n3 north, 5 south\n(\{"page":1\}\n)?'
                         r"no second page in time\n"
                         r"whoever sent the message has cancelled it\nelsewhere: 5\n\Z")

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

    def test_mailboxes(self):
        self.assertEqual(self.run_example(),
                         "c0 1 client-2: hello\n"
                         "c1 1 client-2: world\n"
                         "done: sweep the floor\n"
                         "jobs holds 1\n"
                         "  worker has 0 to read\n")

    def test_over_kafka(self):
        with MockKafka() as kafka, unittest.mock.patch.dict(os.environ, KAFKA=kafka.addresses):
            self.assertEqual(self.run_example(), 'charging "c-17"\nreceipt {"ok":true}\n')

    def serve_http(self):
        process = self.start()
        self.port = int(process.stdout.readline().split()[1])
        return process

    def connect(self):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.addCleanup(link.close)
        return link

    def post(self, path, body, link=None, **headers):
        link = link or self.connect()
        link.request("POST", path, body, headers)
        return link.getresponse()

    def test_http_server_streams_answers_as_lines(self):
        process = self.serve_http()
        link = self.connect()
        for _ in range(2):  # on one connection
            answer = self.post("/count", '{"to":3}', link)
            self.assertEqual((answer.status, answer.headers["Content-Type"]),
                             (200, "application/x-ndjson"))
            self.assertEqual(answer.read(), b'{"left":3}\n{"left":2}\n{"left":1}\n')
            self.assertEqual(process.stdout.readline(), "counted\n")
        self.assertEqual(self.stop(process), "done\n")

    def test_http_server_streams_answers_as_events(self):
        process = self.serve_http()
        answer = self.post("/count", '{"to":2}', Accept="text/event-stream")
        self.assertEqual(answer.headers["Content-Type"], "text/event-stream")
        self.assertEqual(answer.read(), b'data: {"left":2}\n\ndata: {"left":1}\n\n')
        self.stop(process)

    def test_http_server_tells_what_went_wrong(self):
        process = self.serve_http()
        for path, body, status, text in (
                ("/fail", "1", 502, b"out of numbers"), ("/count", '{"to":"x"}', 502, b"to: "),
                ("/count", "{", 400, b"no JSON"), ("/secret", "1", 404, b"no such service"),
                ("/nothing", "1", 204, b""), ("/nobody", "1", 504, b"error")):
            answer = self.post(path, body, Prefer="wait=1")
            self.assertEqual(answer.status, status, path)
            self.assertIn(text, answer.read())
        self.stop(process)

    def test_http_server_ends_a_call_whose_time_is_over(self):
        process = self.serve_http()
        answer = self.post("/count", '{"to":1000000}', Prefer="wait=1")
        *answers, last = answer.read().splitlines()
        self.assertGreater(len(answers), 1)
        self.assertIn("error", json.loads(last))
        self.assertEqual(process.stdout.readline(), "stopped counting\n")
        self.stop(process)

    def test_http_server_cancels_the_call_of_a_client_that_leaves(self):
        process = self.serve_http()
        link = self.connect()
        answer = self.post("/count", '{"to":1000000}', link)
        self.assertEqual(answer.readline(), b'{"left":1000000}\n')
        answer.close()
        link.close()
        self.assertEqual(process.stdout.readline(), "stopped counting\n")
        self.stop(process)

    def test_http_server_waits_no_longer_for_a_client_that_has_left(self):
        process = self.serve_http()
        with socket.create_connection(("127.0.0.1", self.port)) as link:
            link.sendall(b"POST /nobody HTTP/1.1\r\nContent-Length: 1\r\n"
                         b"Prefer: wait=300\r\n\r\n1")
            until(lambda: self.server.command("EXISTS", "nobody"), "the message")
        self.assertEqual(self.stop(process), "done\n")

    def test_http_server_ends_when_its_clients_have_their_answers(self):
        process = self.serve_http()
        idle = socket.create_connection(("127.0.0.1", self.port))
        self.addCleanup(idle.close)
        answer = self.post("/count", '{"to":20}')
        answer.readline()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(len(answer.read().splitlines()), 19)
        self.assertEqual(self.finish(process), "counted\ndone\n")

    def test_lists(self):
        self.server.command("RPUSH", "resize:urgent", "cover.png")
        self.assertEqual(self.run_example(), "")
        self.assertEqual(self.server.command("LRANGE", "resized", "0", "-1"),
                         [b"small/cover.png", b"small/page-1.png", b"small/page-2.png",
                          b"small/page-3.png"])
        self.assertEqual(self.server.command("EXISTS", "resize"), 0)

    def test_pipeline(self):
        self.add("source-1", 2, "name", "Zoë")
        self.add("source-2", 1, "n", "7")
        self.assertEqual(self.run_example(), "")
        lines = self.server.command("LRANGE", "preprocessed-data", "0", "-1")
        self.assertEqual(sorted(map(json.loads, lines), key=lambda each: sorted(each.items())),
                         [{"_id": "1-0", "_source": "source-1", "name": "Zoë"},
                          {"_id": "1-0", "_source": "source-2", "n": "7"},
                          {"_id": "2-0", "_source": "source-1", "name": "Zoë"}])
        for stream in "source-1", "source-2":
            self.assertEqual(self.server.pending(stream, "my-group"), 0)

    def test_stream_to_stream(self):
        self.add("{shop}:orders", 2)
        self.server.command("XADD", "{shop}:orders", "3-0", "note", "no total")
        self.server.command("XADD", "{shop}:orders", "4-0", "total", "12000")
        with tempfile.TemporaryDirectory() as home, \
                unittest.mock.patch.dict(os.environ, LARGE_ORDERS=os.path.join(home, "large")):
            out = self.run_example().splitlines()
            with open(os.environ["LARGE_ORDERS"]) as file:
                self.assertEqual(file.read(), "4-0 12000\n")
        self.assertEqual(sorted(out), ["2 map: an order without a total", "saw 4 orders"])
        self.assertEqual(self.server.command("XLEN", "{shop}:invoices"), 3)
        self.assertEqual(self.server.command("XLEN", "{shop}:orders:dead"), 1)
        for group in "invoices", "watch":
            self.assertEqual(self.server.pending("{shop}:orders", group), 0)

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

    def test_schedules(self):
        processes = [self.start(), self.start()]
        until(lambda: self.server.command("XLEN", "tick") >= 5, "the ticks")
        until(lambda: self.server.command("XLEN", "remind") == 2, "the reminders")
        until(lambda: self.server.pending("remind", "shop") == 0, "those who remind")
        lines = "".join(map(self.stop, processes)).splitlines()
        # Each time is sent once, and has its name in the id.
        ticks = [line for line in lines if line.startswith("shop/tick@")]
        self.assertGreater(len(ticks), 0)
        self.assertEqual(len(ticks), len(set(ticks)))
        self.assertEqual(lines.count("remind c-17"), 2)
        self.assertEqual(lines.count("taken back"), 2)
        self.assertIn("no invoices", lines)
        times = ["27 Mar 01:30 UTC", "28 Mar 01:00 UTC", "29 Mar 00:30 UTC"]
        self.assertEqual([line for line in lines if line.endswith("UTC")], 2 * times)
        known = self.server.command("SMEMBERS", "sluice:schedules")
        self.assertIn(b"sluice:schedule:shop:nightly report", known)

    def test_services(self):
        process = self.start()
        lines = [process.stdout.readline() for _ in range(6)]
        self.assertEqual("".join(lines), 'arrived: {"number":17}\n3 lamps\n{"hello":"shop"}\n'
                                         'packed "o-1"\nlabel for "o-1"\n'
                                         "the order is on its way\n")
        self.assertEqual(self.stop(process), "")
        self.assertEqual(self.server.command("EXISTS", "order:dead"), 0)

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
