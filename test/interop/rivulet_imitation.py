"""A client that speaks to Redis as rivulet 0.1 does. An imitation, written from a description of
that wire format: rivulet itself is no part of this project."""

import json
import time
import uuid

import redis


class Client:
    def __init__(self, socket, name):
        self.link = redis.Redis(unix_socket_path=socket, decode_responses=True)
        self.name, self.mine = name, f"indexes:client#{name}"

    def lock(self, channel, life):
        """Polls without a limit."""
        found = self.link.lock(f"lock:ids:channel#{channel}", timeout=life / 1000, sleep=0.1,
                               thread_local=False)
        found.acquire()
        return found

    def write(self, channel, data):
        held = self.lock(channel, 10000)
        number = self.link.incrby(f"ids:channel#{channel}", 1)
        message = {"id": number, "ts": int(time.time() * 1e6), "src": self.name, "data": data}
        self.link.zadd(f"messages:channel#{channel}", {json.dumps(message): number})
        held.release()

    def subscribe(self, channel, policy=min):
        held = self.lock(channel, 1000)
        places = self.link.zrange(f"clients:channel#{channel}", 0, -1, withscores=True)
        index = policy([score for _, score in places], default=0)
        with self.link.pipeline(transaction=True) as unit:
            unit.zadd(f"clients:channel#{channel}", {self.name: index})
            unit.zadd(self.mine, {channel: index})
            unit.execute()
        held.release()

    def read(self, limit=512):
        """Of each channel the messages with the next numbers, up to the limit."""
        places = self.link.zrange(self.mine, 0, -1, withscores=True)
        with self.link.pipeline(transaction=True) as unit:
            for channel, index in places:
                unit.zrangebyscore(f"messages:channel#{channel}", int(index) + 1,
                                   int(index) + limit)
            found = unit.execute()
        inbox = {}
        with self.link.pipeline(transaction=True) as unit:
            for (channel, _), texts in zip(places, found):
                if texts:
                    inbox[channel] = [json.loads(each) for each in texts]
                    last = inbox[channel][-1]["id"]
                    unit.zadd(self.mine, {channel: last})
                    unit.zadd(f"clients:channel#{channel}", {self.name: last})
            if inbox:
                unit.execute()
        return inbox

    def unsubscribe(self, channel):
        clients = f"clients:channel#{channel}"
        with self.link.pipeline(transaction=True) as unit:
            unit.zrem(clients, self.name)
            unit.zrem(self.mine, channel)
            unit.zcard(clients)
            left = unit.execute()[2]
        if left:
            slowest = self.link.zrange(clients, 0, 0, withscores=True)[0][1]
            self.link.zremrangebyscore(f"messages:channel#{channel}", 0, slowest)
        else:
            with self.link.pipeline(transaction=True) as unit:
                unit.delete(f"messages:channel#{channel}")
                unit.delete(f"ids:channel#{channel}")
                unit.execute()
