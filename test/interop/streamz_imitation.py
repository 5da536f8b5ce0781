"""A member of a group that speaks to Redis as streamz_redis 0.1.0 does, with its heart, its claims and
its gaps. An imitation, written from a description of that wire format: streamz_redis itself is no
part of this project."""

import json
import os
import sys
import threading
import time

import redis

MOST_CLAIMED = 1000  # where the source was given no count


def text(value):
    """What the source emits: all bytes as UTF-8, of equal field names the last one."""
    if isinstance(value, bytes):
        return value.decode()
    return {text(name): text(each) for name, each in value.items()}


class Sink:
    """Adds entries to a stream, one round trip each."""

    def __init__(self, link, stream, most):
        self.link, self.stream, self.most = link, stream, most

    def emit(self, fields):
        return self.link.xadd(self.stream, fields, maxlen=self.most)  # approximate by default


class Heart:
    """A process beside the source: it beats, listens, and reports who is silent. As a process of
    its own it goes on when the source is killed."""

    def __init__(self, url, stream, group, name, interval, timeout):
        self.stream, self.group, self.name = stream, group, name
        self.interval, self.timeout = interval, timeout
        self.last_heard = {}  # of peers: when, or None once it was reported
        self.own_beat = None
        # The reading end stays open in both, so that reports to a source that is gone do no harm.
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self.beat(redis.Redis(unix_socket_path=url.removeprefix("unix://")), writing)
            finally:
                os._exit(0)  # also when the server is gone
        os.close(writing)
        self.reports = os.fdopen(reading)

    def beat(self, link, writing):
        channel = link.pubsub()
        channel.subscribe(self.group)
        threading.Thread(target=self.listen, args=(channel,), daemon=True).start()
        while True:
            link.publish(self.group, self.name)
            for name in self.silent_now(link):
                os.write(writing, (name + "\n").encode())
            time.sleep(self.interval)
            if self.own_beat is None or time.time() - self.own_beat > self.timeout:
                return

    def listen(self, channel):
        for message in channel.listen():
            if message["type"] != "message":
                continue
            name = text(message["data"])
            if name == self.name:
                self.own_beat = time.time()  # and not a peer's: a member may judge itself dead
            else:
                self.last_heard[name] = time.time()

    def silent_now(self, link):
        now = time.time()
        for each in link.xpending(self.stream, self.group)["consumers"]:
            name = text(each["name"])
            last = self.last_heard.setdefault(name, now)
            if last is not None and now - last > self.timeout:
                self.last_heard[name] = None
                yield name


class GroupSource:
    """One member; `work` is called with each entry, which is acknowledged when it returns."""

    def __init__(self, url, stream, group, name, work, count=None):
        self.link = redis.Redis(unix_socket_path=url.removeprefix("unix://"))
        self.url, self.stream, self.group, self.name = url, stream, group, name
        self.work, self.count = work, count
        self.loop = threading.Lock()  # of entries that were read and claimed one at a time
        try:
            self.link.xgroup_create(stream, group, id="0", mkstream=True)
        except redis.ResponseError:
            pass  # it exists

    def live(self, interval, timeout):
        heart = Heart(self.url, self.stream, self.group, self.name, interval, timeout)
        threading.Thread(target=self.take_over, args=(heart,), daemon=True).start()
        return heart

    def take_over(self, heart):
        for line in heart.reports:
            while self.emit(self.claimed_from(line.rstrip("\n"))):
                pass

    def claimed_from(self, dead):
        listed = self.link.xpending_range(self.stream, self.group, min="-", max="+",
                                          count=self.count or MOST_CLAIMED, consumername=dead)
        ids = [each["message_id"] for each in listed]
        return ids and self.link.xclaim(self.stream, self.group, self.name, 0, ids)

    def run(self, block_ms=100):
        start, count = "0", None  # first, once, all that is pending under the name
        while True:
            answer = self.link.xreadgroup(self.group, self.name, {self.stream: start}, count=count,
                                          block=block_ms)
            for _, entries in answer:
                self.emit(entries)
            start, count = ">", self.count

    def emit(self, entries):
        for entry_id, fields in entries:
            with self.loop:
                self.work(text(entry_id), text(fields))
                self.link.xack(self.stream, self.group, entry_id)
        return len(entries)


def consume(url, stream, group, name, interval, timeout, seconds):
    """Prints the process id of the heart, then entries as `sluice consume` does, each before it is
    worked on for some seconds."""

    def work(entry_id, fields):
        print(json.dumps({"stream": stream, "id": entry_id, "fields": fields}), flush=True)
        time.sleep(float(seconds))

    member = GroupSource(url, stream, group, name, work, count=5)
    heart = member.live(float(interval), float(timeout))
    print(json.dumps({"heart": heart.pid}), flush=True)
    member.run()


if __name__ == "__main__":
    consume(*sys.argv[1:])
