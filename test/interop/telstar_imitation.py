"""Members of a group that speak to Redis as telstar 1.1.3 does, command for command, with its habits
and its gaps. An imitation, written from a description of that wire format: telstar itself is no
part of this project."""

import json
import os
import sys
import uuid

import redis

SEEN_FOR = 14 * 24 * 3600


def decoded(value):
    return value.decode() if isinstance(value, bytes) else value


class Message:
    def __init__(self, topic, msg_uuid, data):
        self.topic, self.msg_uuid, self.data = topic, msg_uuid, data


class Producer:
    def __init__(self, link):
        self.link = link

    def send(self, messages):
        with self.link.pipeline(transaction=True) as unit:
            for each in messages:
                unit.xadd(f"telstar:stream:{each.topic}",
                          {"message_id": str(each.msg_uuid), "data": json.dumps(each.data)})
            unit.execute()


class MultiConsumer:
    """One group, one consumer name, several topics, all handled by `handler`."""

    def __init__(self, link, group, name, topics, handler, block_ms=100, claim_after_ms=20_000):
        self.link, self.group, self.name, self.handler = link, group, name, handler
        self.topics = {f"telstar:stream:{topic}": topic for topic in topics}
        self.block_ms, self.claim_after_ms = block_ms, claim_after_ms
        for stream in self.topics:
            try:
                link.xgroup_create(stream, group, id="0", mkstream=True)
            except redis.ResponseError:
                pass  # it exists

    def checkpoint_key(self, stream):
        return f"telstar:checkpoint:{stream}:cg:{self.group}:{self.name}"

    def seen_key(self, stream, message):
        return f"telstar:seen:{self.topics[stream]}:{self.group}:{message.msg_uuid}"

    def claim(self, stream):
        """Claims what has been pending for long, whoever has it; the lowest id claimed."""
        pending = self.link.xpending(stream, self.group)
        if pending["pending"] == 0:
            return None
        entries = self.link.xpending_range(stream, self.group, min=pending["min"],
                                           max=pending["max"], count=pending["pending"])
        claimed = self.link.xclaim(stream, self.group, self.name, self.claim_after_ms,
                                   [each["message_id"] for each in entries], justid=True)
        return min(map(decoded, claimed)) if claimed else None

    def history_start(self, stream):
        checkpoint = decoded(self.link.get(self.checkpoint_key(stream))) or "0-0"
        lowest = self.claim(stream)
        if lowest is None:
            return checkpoint
        before = self.moved(lowest, -1)
        return min(before, self.moved(checkpoint, 1))  # as texts: telstar compares them so

    @staticmethod
    def moved(entry_id, by):
        time, sequence = map(int, entry_id.split("-"))
        if sequence + by >= 0:
            return f"{time}-{sequence + by}"
        return f"{max(time - 1, 0)}-{2 ** 64 - 1 if time else 0}"

    def run_once(self):
        starts = {stream: self.history_start(stream) for stream in self.topics}
        self.work(self.link.xreadgroup(self.group, self.name, starts, block=0))
        news = {stream: ">" for stream in self.topics}
        self.work(self.link.xreadgroup(self.group, self.name, news, block=self.block_ms))

    def work(self, answer):
        entries = [(entry_id, stream, fields) for stream, entries in answer or []
                   for entry_id, fields in entries if fields]
        for entry_id, stream, fields in sorted(entries, key=lambda each: each[0]):
            self.work_on(decoded(stream), entry_id, fields)

    def work_on(self, stream, entry_id, fields):
        message = Message(self.topics[stream], uuid.UUID(fields[b"message_id"].decode()),
                          json.loads(fields[b"data"]))
        done = lambda: self.acknowledge(stream, message, entry_id)  # noqa: E731
        if self.link.get(self.seen_key(stream, message)):
            done()
        else:
            self.handler(message, done)

    def acknowledge(self, stream, message, entry_id):
        seen = self.seen_key(stream, message)
        with self.link.pipeline(transaction=True) as unit:
            unit.watch(seen)
            unit.multi()
            unit.set(seen, 1, ex=SEEN_FOR)
            unit.set(self.checkpoint_key(stream), entry_id)
            unit.xack(stream, self.group, entry_id)
            unit.execute()  # redis.WatchError when the key was written since watch()


def listen(url, group, name, claim_after_ms, *topics):
    """Prints messages as `sluice topic listen` does, and settles each after printing it, until the
    standard input ends."""
    link = redis.Redis(unix_socket_path=url.removeprefix("unix://"))

    def handler(message, done):
        print(json.dumps({"topic": message.topic, "id": str(message.msg_uuid),
                          "data": message.data}), flush=True)
        done()

    member = MultiConsumer(link, group, name, topics, handler, claim_after_ms=int(claim_after_ms))
    os.set_blocking(sys.stdin.fileno(), False)
    while sys.stdin.buffer.read(1) is None:
        member.run_once()


if __name__ == "__main__":
    listen(*sys.argv[1:])
