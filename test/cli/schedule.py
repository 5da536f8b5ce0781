"""sluice schedule"""

import json
import time
import unittest

from support import ToolTest

HOUR = 3_600_000


class Schedules(ToolTest):
    """Each test has an app of its own, whose schedule the server remembers."""

    def remember(self, when, name="nightly"):
        key = f"sluice:schedule:{self.stream}:{name}"
        task = {"topic": self.stream, "value": {"of": "day"}, "missed": "latest", "at_most": 1,
                "not_older_than_ms": HOUR, "jitter_ms": 0}
        self.server.command("HSET", key, "when", json.dumps(when), "task", json.dumps(task),
                            "last", int(time.time()) * 1000, "app", self.stream, "name", name)
        self.server.command("SADD", "sluice:schedules", key)

    def remember_cron(self, text):
        self.remember({"cron": text, "zone": "UTC", "dialect": "standard"})

    def line(self):
        lines = self.run_tool("schedule", "list").out.decode().splitlines()
        self.assertEqual(lines[0].split(), ["APP", "NAME", "WHEN", "TOPIC", "LAST", "NEXT"])
        return next((line for line in lines if line.startswith(self.stream + " ")), None)

    def test_a_schedule_is_listed_with_its_last_and_next_times(self):
        self.remember_cron("0 3 * * *")
        self.assertRegex(self.line(), r"nightly +0 3 \* \* \* \(UTC\) .* 03:00:00 UTC$")

    def test_an_interval_is_listed(self):
        self.remember({"interval_ms": 5000})
        self.assertIn("every 5000 ms", self.line())

    def test_one_that_it_does_not_understand_is_listed_all_the_same(self):
        self.remember({"moon": "full"})
        self.assertIn("of a newer sluice", self.line())

    def test_the_times_to_come_are_shown(self):
        self.remember_cron("0 0 29 2 *")
        out = self.run_tool("schedule", "next", self.stream, "nightly", "--count", "3").out.decode()
        lines = out.splitlines()
        self.assertEqual(len(lines), 3)
        for each in lines:
            self.assertRegex(each, r"^\d{4}-02-29 00:00:00 UTC$")

    def test_a_message_is_sent_out_of_turn(self):
        self.remember_cron("0 3 * * *")
        self.run_tool("schedule", "run", self.stream, "nightly")
        entry = dict(self.server.entries(self.stream)[0])
        self.assertEqual(json.loads(entry[b"value"]), {"of": "day"})
        self.assertEqual(entry[b"source_group"].decode(), self.stream)

    def test_a_schedule_is_removed(self):
        self.remember_cron("0 3 * * *")
        self.run_tool("schedule", "remove", self.stream, "nightly")
        self.assertIsNone(self.line())
        self.run_tool("schedule", "remove", self.stream, "nightly", code=4)

    def test_one_that_does_not_exist_is_named(self):
        for part in ("next", "run", "remove"):
            done = self.run_tool("schedule", part, self.stream, "weekly", code=4)
            self.assertIn(b"weekly", done.err)


if __name__ == "__main__":
    unittest.main()
