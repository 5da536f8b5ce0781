"""What a process prints, one JSON object a line."""

import contextlib
import json
import threading


class Lines:
    """Gathers them while the process runs."""

    def __init__(self, process):
        self.process, self.messages = process, []
        self.thread = threading.Thread(target=self.gather, daemon=True)
        self.thread.start()

    def gather(self):
        with contextlib.suppress(ValueError):  # the test has ended and closed the pipe
            for line in iter(self.process.stdout.readline, b""):
                if line.endswith(b"\n"):  # else it was killed while printing
                    self.messages.append(json.loads(line))

    def ids(self):
        return [each["id"] for each in self.messages if "id" in each]
