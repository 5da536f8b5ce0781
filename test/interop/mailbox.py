"""Channels that sluice's mailboxes and rivulet's clients share."""

import os
import sys
import threading
import unittest

try:
    import redis  # pylint: disable=unused-import
except ImportError:
    print("skipped: this Python has no module redis (Debian: python3-redis)")
    sys.exit(77)

sys.path[:0] = [os.path.join(os.path.dirname(__file__), each) for each in ("../cli", ".")]
from lines import Lines  # noqa: E402
from rivulet_imitation import Client  # noqa: E402
from support import ToolTest, until  # noqa: E402

MAILBOX = os.environ["SLUICE_MAILBOX"]


class Mailbox(ToolTest):
    def ours(self, verb, *words):
        return Lines(self.start(verb, self.server.url, *words, program=MAILBOX))

    def theirs(self, name):
        return Client(self.server.socket, name)

    def test_each_reads_what_the_other_writes(self):
        theirs = self.theirs("py")
        theirs.subscribe("c")
        ours = self.ours("read", "ours", "c")
        until(lambda: ours.messages, "the subscription")
        theirs.write("c", "Zoë")
        writing = self.ours("write", "writer", "c", "2")
        writing.process.wait()
        until(lambda: len(ours.messages) == 4, "all messages")
        self.assertEqual(ours.messages[1:],
                         [{"number": 1, "src": "py", "data": "Zoë"},
                          {"number": 2, "src": "writer", "data": "0"},
                          {"number": 3, "src": "writer", "data": "1"}])
        read = theirs.read()["c"]
        self.assertEqual([(each["id"], each["src"], each["data"]) for each in read],
                         [(1, "py", "Zoë"), (2, "writer", "0"), (3, "writer", "1")])

    def test_writers_of_both_kinds_share_the_numbers_and_all_readers_get_everything(self):
        reader = self.theirs("py")
        reader.subscribe("both")
        ours = self.ours("read", "ours", "both")
        until(lambda: ours.messages, "the subscription")

        def write():
            writer = self.theirs("py-writer")
            for number in range(100):
                writer.write("both", f"py {number}")

        beside = threading.Thread(target=write)
        beside.start()
        writing = self.ours("write", "ours-writer", "both", "300")
        self.assertEqual(writing.process.wait(), 0)
        beside.join()
        until(lambda: len(ours.messages) == 401, "all messages")
        self.assertEqual([each["number"] for each in ours.messages[1:]], list(range(1, 401)))
        theirs = reader.read()["both"]
        self.assertEqual([each["id"] for each in theirs], list(range(1, 401)))
        expected = sorted([f"py {n}" for n in range(100)] + [str(n) for n in range(300)])
        self.assertEqual(sorted(each["data"] for each in theirs), expected)


if __name__ == "__main__":
    unittest.main()
