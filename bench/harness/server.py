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

    def version(self):
        self.link.sendall(b"INFO server\r\n")
        return next(line.split(b":")[1].decode() for line in self.link.recv(65536).split(b"\r\n")
                    if line.startswith(b"redis_version:"))
