"""A service that speaks to Redis as streamback 0.5.0 does, with Redis for messages and for answers.
An imitation, written from a description of that wire format: streamback itself is no part of this
project."""

import json
import sys
import uuid

import redis

LIFETIME = 300  # seconds, of every list


class Timeout(Exception):
    """No answer came in time."""


class Failed(Exception):
    """The other end says that a listener failed."""


def connect(url):
    host, port = url.split("://")[1].split(":")
    return redis.Redis(host=host, port=int(port))


class Streams:
    """The connection string: split, and nothing unescaped."""

    def __init__(self, text):
        settings = dict(part.split("=")[:2] for part in text.split("&"))
        self.main, self.feedback = connect(settings["main"]), connect(settings["feedback"])
        self.prefix, self.group = settings.get("topics_prefix"), settings.get("group")

    def real_name(self, topic):
        if self.prefix and not topic.startswith(self.prefix):
            return f"{self.prefix}.{topic}"
        return topic


def push(link, name, payload):
    link.lpush(name, json.dumps(payload).encode())
    link.expire(name, LIFETIME)


class Lane:
    """The answers to one message."""

    def __init__(self, streams, name):
        self.link, self.name = streams.feedback, name

    def pop(self, timeout):
        popped = self.link.brpop(self.name, timeout=timeout)
        if popped is None:
            raise Timeout()
        return json.loads(popped[1].decode())

    def stream(self, from_group=None, timeout=20):
        while True:
            got = self.pop(timeout)
            if from_group and got.get("source_group") != from_group:
                continue
            if got.get("event") == "response_end":
                return
            if got.get("event") == "response_end_with_error":
                raise Failed(got.get("error"))
            yield got.get("value")

    def read(self, from_group=None, timeout=20):
        return next(self.stream(from_group, timeout), None)


class Service:
    """Sends messages, and answers them."""

    def __init__(self, text, name):
        self.streams = Streams(text)
        self.name = self.streams.group or name

    def send(self, topic, value):
        lane = Lane(self.streams, f"streamback_feedback_{uuid.uuid4()}")
        push(self.streams.main, self.streams.real_name(topic),
             {"value": value, "event": "message", "feedback_topic": lane.name,
              "source_group": self.name})
        return lane

    def listen(self, listeners):
        """`listeners` are functions by topic, of a value and a function to respond with."""
        by_name = {self.streams.real_name(topic): act for topic, act in listeners.items()}
        while True:
            name, element = self.streams.main.brpop(list(by_name), timeout=0)
            self.handle(by_name[name.decode()], json.loads(element.decode()))

    def handle(self, act, message):
        error = None
        try:
            act(message.get("value"), lambda value: self.answer(
                message, {"value": value, "event": "response", "source_group": self.name}))
        except Exception as failure:  # pylint: disable=broad-except
            error = repr(failure)
        if message.get("feedback_topic"):
            event = "response_end_with_error" if error else "response_end"
            self.answer(message, {"event": event, "error": error, "source_group": self.name})

    def answer(self, message, payload):
        push(self.streams.feedback, message["feedback_topic"], payload)


def main(text, name):
    """Listens, and prints each value as a line."""

    def tell(value):
        print(json.dumps({"value": value}), flush=True)

    def count(value, respond):
        tell(value)
        for number in range(value["n"]):
            respond({"n": number})

    def twice(value, respond):
        tell(value)
        respond({"n": 2 * value["n"]})

    def fail(value, _):
        tell(value)
        raise ValueError(f"boom {value['n']}")

    def note(value, _):
        tell(value)

    Service(text, name).listen({"double": twice, "count": count, "fail": fail, "note": note,
                                "sleep": note})


if __name__ == "__main__":
    main(*sys.argv[1:])
