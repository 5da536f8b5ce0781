"""Adds entries with redis-py, in pipelines of a window's size."""
import sys

from harness.python_peer import PAYLOAD, STREAM, WINDOW, connect, measured


def add(server, messages):
    for begin in range(0, messages, WINDOW):
        pipeline = server.pipeline(transaction=False)
        for _ in range(min(WINDOW, messages - begin)):
            pipeline.xadd(STREAM, {"payload": PAYLOAD})
        pipeline.execute()


measured(add, *connect(sys.argv))
