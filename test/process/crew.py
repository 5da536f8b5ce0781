"""Runs a supervisor with its processes against a private server, and reads what they print."""

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import termios
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "cli"))
from support import PATIENCE, ToolTest, end_with_parent, until  # noqa: E402, F401

PROGRAM = os.environ.get("SLUICE_CREW")


def is_there(process):
    """Whether a process runs; one that has ended and was not reaped yet does not."""
    try:
        with open(f"/proc/{process}/stat") as status:
            return status.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Crew:
    """The program, and the lines that it and its workers have printed so far."""

    def __init__(self, test, terminal=None, **how):
        def prepare():
            end_with_parent()
            if terminal is not None:
                fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)

        # In a session of its own, so that it has that terminal or none.
        self.process = subprocess.Popen(
            [PROGRAM, json.dumps(how)], env={**os.environ, "REDIS_URL": test.server.url},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            preexec_fn=prepare)
        self.lines = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        test.addCleanup(self.end)

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def end(self):
        self.process.kill()
        self.process.wait()
        self.reader.join(PATIENCE)
        self.process.stdout.close()

    def signal(self, number):
        self.process.send_signal(number)

    def matches(self, pattern):
        return [found for line in list(self.lines) if (found := re.search(pattern, line))]

    def wait_for(self, pattern, count=1):
        until(lambda: len(self.matches(pattern)) >= count,
              f"{count} × '{pattern}' in {self.lines}")
        return self.matches(pattern)

    def workers(self, count=1):
        """The ids of the processes that were started, once there are so many."""
        return [int(found[1]) for found in self.wait_for(r"\(process (\d+)\) runs", count)]

    def finish(self):
        """Its exit code, when it has ended."""
        code = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        return code


class CrewTest(ToolTest):
    """Each test has an app of its own; its name is also that of the topic."""

    def crew(self, work, **how):
        return Crew(self, work=work, app=self.stream, **how)

    def wish(self, do, **how):
        return json.dumps(json.dumps({"do": do, **how}))

    def ask(self, do, **how):
        """What the listener says: the id of its process."""
        done = self.run_tool("call", self.stream, self.wish(do, **how), "--timeout", str(PATIENCE))
        return int(done.out)

    def tell(self, do, **how):
        self.run_tool("send", self.stream, self.wish(do, **how))

    def assert_gone(self, processes):
        until(lambda: not any(is_there(each) for each in processes), f"the end of {processes}")
