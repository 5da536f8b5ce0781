"""Runs the tool against private servers, as a user would."""

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

TOOL = os.environ.get("SLUICE_TOOL")
REDIS_SERVER = os.environ.get("SLUICE_REDIS_SERVER", "redis-server")
# For sanitizers and busy machines; nothing waits this long when all is well.
PATIENCE = 60


def end_with_parent():
    """The kernel ends a child whose test program was killed: prctl(2), PR_SET_PDEATHSIG."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Server:
    """A redis-server behind a Unix socket in a folder of its own."""

    def __init__(self, *options, password=None):
        self.folder = tempfile.mkdtemp(prefix="sluice-cli-")
        self.socket = os.path.join(self.folder, "s")
        self.url = "unix://" + self.socket
        self.options = options
        self.password = password
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [REDIS_SERVER, "--port", "0", "--unixsocket", self.socket, "--dir", self.folder,
             "--save", "", "--logfile", "log", *self.options,
             *(("--requirepass", self.password) if self.password else ())],
            preexec_fn=end_with_parent)
        until(lambda: self.answers(), "the server to answer")

    def answers(self):
        try:
            return self.command("PING") == b"PONG"
        except (OSError, RuntimeError):
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def signal(self, number):
        self.process.send_signal(number)

    def close(self):
        self.signal(signal.SIGCONT)
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self, *words):
        """The reply of one command, as bytes, numbers and lists; RuntimeError for an error."""
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(PATIENCE)
            link.connect(self.socket)
            with link.makefile("rb") as replies:
                if self.password:
                    link.sendall(frame("AUTH", self.password))
                    read_reply(replies)
                link.sendall(frame(*words))
                return read_reply(replies)

    def pending(self, stream, group):
        return self.command("XPENDING", stream, group)[0]

    def entries(self, stream):
        """The fields of each entry as lists of pairs."""
        return [list(zip(fields[::2], fields[1::2]))
                for _, fields in self.command("XRANGE", stream, "-", "+")]


def frame(*words):
    raw = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(raw) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in raw)


def read_reply(replies):
    line = replies.readline()
    if not line:
        raise OSError("the server closed the connection")
    kind, text = line[:1], line[1:-2]
    if kind == b"-":
        raise RuntimeError(text.decode())
    if kind == b":":
        return int(text)
    if kind == b"$":
        return None if text == b"-1" else replies.read(int(text) + 2)[:-2]
    if kind == b"*":
        return None if text == b"-1" else [read_reply(replies) for _ in range(int(text))]
    return text


def handles(process, number):
    """Whether a process has a handler of its own for a signal."""
    with open(f"/proc/{process.pid}/status") as status:
        caught = next(line for line in status if line.startswith("SigCgt:")).split()[1]
    return int(caught, 16) >> (number - 1) & 1 == 1


def until(condition, what):
    """Waits for a condition; a test that would wait for ever fails instead."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {PATIENCE} s for {what}")
        time.sleep(0.01)


def bytes_of(text):
    """The bytes behind the text of a JSON string that the tool printed."""
    parts = text.split("\ufffd")
    return parts[0].encode() + b"".join(
        bytes([int(part[:2], 16)]) + part[2:].encode() for part in parts[1:])


class ToolTest(unittest.TestCase):
    """A server for all tests of a class; every test takes streams of its own."""

    server_options = ()
    password = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.server_options, password=cls.password)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        self.stream = self.id().rsplit(".", 1)[1]

    def start(self, *words, url=None, environment=None, program=TOOL, **streams):
        """Starts the tool; `url=False` leaves it to the environment."""
        environment = {**os.environ, **(environment or {})}
        if url is not False:
            environment.setdefault("REDIS_URL", url or self.server.url)
        for name in ("stdin", "stdout", "stderr"):
            streams.setdefault(name, subprocess.PIPE)
        # Without a buffer, so that readline() takes nothing from a later communicate().
        process = subprocess.Popen([program, *words], env=environment, bufsize=0,
                                   preexec_fn=end_with_parent, **streams)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                try:
                    stream.close()
                except OSError:
                    pass

    def run_tool(self, *words, text=b"", code=0, **how):
        """Runs the tool to its end; the process with `out` and `err` as it left them."""
        process = self.start(*words, **how)
        process.out, process.err = process.communicate(text, timeout=PATIENCE)
        self.assertEqual(process.returncode, code, (process.out, process.err))
        if code in (1, 2):
            self.assert_one_line(process.err)
        return process

    def finish(self, process, code):
        """Waits for the end of a process that was started."""
        process.out, process.err = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, code, (process.out, process.err))
        return process

    def endless(self):
        """An input of lines that does not end by itself."""
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        yes = subprocess.Popen(["yes"], stdout=writing)
        os.close(writing)
        self.addCleanup(self.end, yes)
        return reading

    def assert_one_line(self, text):
        self.assertRegex(text.decode(), r"\Asluice: [^\n]+\n\Z")

    def consume(self, *words, **how):
        """What `sluice consume` prints, parsed."""
        process = self.run_tool("consume", *words, **how)
        return [json.loads(line) for line in process.out.splitlines()]

    def fill(self, stream, count):
        for i in range(count):
            self.server.command("XADD", stream, "*", "n", i)
