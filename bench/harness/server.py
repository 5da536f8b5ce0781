"""A redis-server of one's own, on a free port of this machine and on a socket in a temporary
folder, and a way to speak to it."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, by_path):
        self.folder = tempfile.mkdtemp(prefix="sluice-bench-")
        self.socket = os.path.join(self.folder, "socket")
        port = free_port()
        self.address = self.socket if by_path else f"127.0.0.1:{port}"
        self.process = subprocess.Popen(
            ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--unixsocket",
             self.socket, "--dir", self.folder, "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL)

    def __enter__(self):
        for _ in range(500):
            try:
                self.link = socket.socket(socket.AF_UNIX)
                self.link.connect(self.socket)
                return self
            except OSError:
                self.link.close()
                if self.process.poll() is not None:
                    break
                time.sleep(0.01)
        raise SystemExit("bench: redis-server does not start")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, *arguments):
        """The first line of the reply; raises on an error."""
        encoded = [str(each).encode() for each in arguments]
        frame = b"*%d\r\n" % len(encoded)
        frame += b"".join(b"$%d\r\n%s\r\n" % (len(each), each) for each in encoded)
        self.link.sendall(frame)
        reply = b""
        while not reply.endswith(b"\r\n"):
            reply += self.link.recv(65536)
        if reply.startswith(b"-"):
            raise SystemExit("bench: " + reply.decode().strip())
        return reply.split(b"\r\n")[0].decode()

    def info(self, section):
        """What INFO says, by name."""
        self.link.sendall(b"INFO %s\r\n" % section.encode())
        with self.link.makefile("rb") as replies:
            text = replies.read(int(replies.readline()[1:]) + 2).decode()
        return dict(line.split(":", 1) for line in text.split("\r\n") if ":" in line)

    def version(self):
        return self.info("server")["redis_version"]

    def spent(self):
        """What commands have cost so far: {name: (calls, microseconds)}. What a script calls counts
        for the script as well."""
        stats = {}
        for name, text in self.info("commandstats").items():
            parts = dict(each.split("=") for each in text.split(","))
            stats[name.removeprefix("cmdstat_")] = int(parts["calls"]), int(parts["usec"])
        return stats
