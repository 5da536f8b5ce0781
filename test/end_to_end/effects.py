"""Consumers that race, producers that send everything twice, and SIGKILL for all of them and for the
server: afterwards each message has had its effect once in each group.

Each seed is a play of its own; SLUICE_TEST_SEEDS says how many, SLUICE_TEST_FIRST_SEED where to
begin. The plays differ in what is killed and when; how the processes race is up to the machine, so
that a seed finds a fault again often, not always."""

import collections
import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "cli"))
from support import PATIENCE, TOOL, Server, end_with_parent, until  # noqa: E402

CONSUMER = os.environ["SLUICE_EFFECT_CONSUMER"]
SENDER = os.environ["SLUICE_STAGED_SENDER"]
SEEDS = int(os.environ.get("SLUICE_TEST_SEEDS", "5"))
FIRST_SEED = int(os.environ.get("SLUICE_TEST_FIRST_SEED", "1"))
TOPICS = ("orders", "bills")
MESSAGES = 60  # a topic
DISASTERS = 10
SEEN_FOR = 14 * 24 * 3600


class Process:
    """A program that is started again under the same words whenever it was killed."""

    def __init__(self, server, folder, *words, text=b""):
        self.words, self.text = words, text
        self.environment = {**os.environ, "REDIS_URL": server.url}
        self.errors = open(os.path.join(folder, "errors"), "ab")
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.words, env=self.environment, stdin=subprocess.PIPE,
                                        stdout=self.errors, stderr=self.errors,
                                        preexec_fn=end_with_parent)
        # Less than a pipe holds.
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(self.text)
            self.process.stdin.close()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def freeze(self, seconds):
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)

    def close(self):
        self.kill()
        self.errors.close()


class Play:
    """One server, one database of effects, one of staged messages, and the processes on them."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        # What the server has confirmed is on its disk: it may be killed like everybody else.
        self.server = Server("--appendonly", "yes", "--appendfsync", "always")
        self.folder = self.server.folder
        self.effects = os.path.join(self.folder, "effects.db")
        self.staged = os.path.join(self.folder, "staged.db")
        self.messages = {topic: [str(uuid.UUID(int=self.dice.getrandbits(128), version=4))
                                 for _ in range(MESSAGES)] for topic in TOPICS}
        self.names = 0
        self.consumers, self.senders = [], []

    def close(self):
        for each in self.consumers + self.senders:
            each.close()
        self.server.close()

    # The cast.

    def add_consumer(self, group):
        self.names += 1
        name = f"{group}-{self.names}"
        sleepiness = self.dice.choice(("0", "2", "8"))
        self.consumers.append(Process(self.server, self.folder, CONSUMER, self.effects, group, name,
                                      sleepiness, *TOPICS))

    def add_senders(self):
        """One topic leaves a table, as telstar's producers do it; both leave the tool."""
        with contextlib.closing(sqlite3.connect(self.staged)) as database, database:
            database.execute(
                "CREATE TABLE stagedmessage (id INTEGER NOT NULL PRIMARY KEY, msg_uid TEXT NOT NULL,"
                " topic VARCHAR(255) NOT NULL, data TEXT NOT NULL, sent INTEGER NOT NULL,"
                " send_at INTEGER NOT NULL, created_at INTEGER NOT NULL)")
            now = int(time.time() * 1000)
            database.executemany(
                "INSERT INTO stagedmessage (msg_uid, topic, data, sent, send_at, created_at)"
                f" VALUES (?, ?, ?, 0, {now}, {now})",
                [(each.replace("-", ""), TOPICS[0], json.dumps({"value": n}))
                 for n, each in enumerate(self.messages[TOPICS[0]]) for _ in range(2)])
        self.senders.append(Process(self.server, self.folder, SENDER, self.staged))
        for topic in TOPICS:
            lines = [json.dumps({"id": each, "data": {"value": n}}) + "\n"
                     for n, each in enumerate(self.messages[topic])]
            twice = "".join(line + line for line in lines).encode()
            self.senders.append(Process(self.server, self.folder, TOOL, "topic", "send", topic,
                                        text=twice))

    # What happens to it.

    def kill_consumers(self, which):
        """At once, and later they come again: under their names, or as somebody new."""
        for each in which:
            each.process.kill()
        for each in which:
            each.process.wait()
        self.pause()
        for each in which:
            if self.dice.random() < 0.5:
                each.start()
            else:
                self.consumers.remove(each)
                each.close()
                self.add_consumer(each.words[2])

    def kill_sender(self):
        victim = self.dice.choice(self.senders)
        victim.kill()
        self.pause()
        victim.start()  # from the beginning, where it does not know what it sent

    def kill_server(self):
        self.server.kill()
        self.pause()
        self.server.start()

    def pause(self):
        time.sleep(self.dice.uniform(0, 0.15))

    def disaster(self):
        kind = self.dice.choices(("one", "all", "sender", "server", "freeze"), (4, 1, 3, 2, 1))[0]
        if kind == "one":
            self.kill_consumers([self.dice.choice(self.consumers)])
        elif kind == "all":
            self.kill_consumers(list(self.consumers))
        elif kind == "sender":
            self.kill_sender()
        elif kind == "server":
            self.kill_server()
        else:
            self.dice.choice(self.consumers).freeze(0.7)  # others take it for dead
        self.pause()

    # How it ends.

    def rows(self, path, query):
        with contextlib.closing(sqlite3.connect(path, timeout=PATIENCE)) as database:
            return database.execute(query).fetchall()

    def all_sent(self):
        """The tool says so with its exit code; where it met no server at its start it gives up."""
        for each in self.senders[1:]:
            if each.process.poll():
                each.start()
        return all(each.process.poll() == 0 for each in self.senders[1:]) and \
            self.rows(self.staged, "SELECT COUNT(*) FROM stagedmessage WHERE sent = 0") == [(0,)]

    def settled(self, group):
        """Everything that was sent is read and acknowledged."""
        for topic in TOPICS:
            key = "telstar:stream:" + topic
            info = [dict(zip(each[::2], each[1::2]))
                    for each in self.server.command("XINFO", "GROUPS", key)]
            known = {each[b"name"].decode(): each for each in info}
            last = self.server.command("XREVRANGE", key, "+", "-", "COUNT", "1")[0][0]
            if group not in known or known[group][b"pending"] != 0 or \
                    known[group][b"last-delivered-id"] != last:
                return False
        return True

    def end_consumers(self):
        for each in self.consumers + self.senders[:1]:
            each.process.terminate()
        return [each.process.wait(PATIENCE) for each in self.consumers + self.senders]

    def account(self):
        """For whoever has to find out what went wrong."""
        lines = []
        for topic in TOPICS:
            key = "telstar:stream:" + topic
            for group in ("validation", "validation2"):
                lines.append(f"{topic} {group}: {self.server.command('XPENDING', key, group)}")
            lines.append(str(self.server.command("XINFO", "GROUPS", key)))
        lines += [f"{each.words[-5:]}: {each.process.pid} {each.process.poll()}"
                  for each in self.consumers + self.senders]
        with open(os.path.join(self.folder, "errors"), encoding="utf-8", errors="replace") as file:
            lines.append(file.read()[-5_000:])
        return "\n".join(lines)


class Effects(unittest.TestCase):
    def test_each_message_has_its_effect_once_in_each_group_whatever_is_killed(self):
        for seed in range(FIRST_SEED, FIRST_SEED + SEEDS):
            with self.subTest(seed=seed), contextlib.closing(Play(seed)) as play:
                began = time.monotonic()
                self.perform(play)
                print(f"seed {seed}: {time.monotonic() - began:.1f} s", file=sys.stderr)

    def perform(self, play):
        for _ in range(3):
            play.add_consumer("validation")
        play.add_senders()
        second = play.dice.randrange(DISASTERS)
        for step in range(DISASTERS):
            if step == second:
                play.add_consumer("validation2")  # a group that begins with the oldest message
            play.disaster()
        try:
            until(play.all_sent, "everything to be sent")
            for group in ("validation", "validation2"):
                until(lambda: play.settled(group), f"{group} to settle everything")
            self.assertEqual(set(play.end_consumers()), {0})
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{play.account()}") from None
        self.check(play)

    def check(self, play):
        found = collections.Counter(
            play.rows(play.effects, "SELECT group_name, topic, number FROM effects"))
        wanted = {(group, topic, n) for group in ("validation", "validation2")
                  for topic in TOPICS for n in range(MESSAGES)}
        self.assertEqual({what: count for what, count in found.items() if count > 1}, {})
        self.assertEqual(set(found), wanted)
        for topic in TOPICS:
            ids = play.messages[topic]
            self.assertGreaterEqual(play.server.command("XLEN", "telstar:stream:" + topic),
                                    2 * len(ids))
            for group in ("validation", "validation2"):
                marks = [play.server.command("TTL", f"telstar:seen:{topic}:{group}:{each}")
                         for each in ids]
                self.assertGreater(min(marks), SEEN_FOR - 600)
                self.assertLessEqual(max(marks), SEEN_FOR)


if __name__ == "__main__":
    unittest.main()
