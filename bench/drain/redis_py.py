"""Drains a group with redis-py: a batch, its acknowledgement, the next batch."""
import sys

from harness.python_peer import BATCH, GROUP, STREAM, connect, measured


def drain(server, messages):
    worked_on = 0
    while worked_on < messages:
        (_, entries), = server.xreadgroup(GROUP, "redis-py", {STREAM: ">"}, count=BATCH)
        server.xack(STREAM, GROUP, *(each for each, _ in entries))
        worked_on += len(entries)


measured(drain, *connect(sys.argv))
