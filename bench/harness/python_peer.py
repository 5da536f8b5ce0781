"""What a peer in Python has in common with those in C++; see measurement.hpp."""
import json
import resource
import sys
import time

STREAM, GROUP, WINDOW, BATCH, PAYLOAD = "bench:stream", "bench", 128, 100, "x" * 64


def connect(arguments):
    """A client of redis-py and the number of messages; exit code 77 without the library."""
    try:
        import redis
    except ImportError:
        sys.exit(77)
    where, messages = arguments[1], int(arguments[2])
    if where.startswith("/"):
        return redis.Redis(unix_socket_path=where), messages
    host, port = where.split(":")
    return redis.Redis(host=host, port=int(port)), messages


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measured(work, server, messages):
    server.ping()
    begin, cpu = time.monotonic(), cpu_seconds()
    work(server, messages)
    print(json.dumps({"messages": messages, "seconds": time.monotonic() - begin,
                      "cpu_seconds": cpu_seconds() - cpu}))
