"""What groups do with members that die, seen from the tool."""

import json
import select
import signal
import time
import unittest

from support import PATIENCE, ToolTest, until

CLAIM = 1.0
ALIVE = ("--heartbeat", "0.1", "--claim-timeout", str(CLAIM))


class GroupTest(ToolTest):
    def member(self, *words, **how):
        """Starts a member of the group that beats."""
        return self.start("consume", self.stream, "--group", "g", *ALIVE, *words, **how)

    def owners(self):
        """How many entries each consumer of the group has."""
        listed = self.server.command("XPENDING", self.stream, "g")[3] or []
        return {name.decode(): int(count) for name, count in listed}

    def read_lines(self, process, count):
        return [json.loads(process.stdout.readline()) for _ in range(count)]

    def holding(self, name, count):
        """A member that printed so many entries and keeps them."""
        holder = self.member("--consumer", name, "--ack", "never")
        self.read_lines(holder, count)
        return holder


class Claiming(GroupTest):
    # What a busy machine may add to the time that entries need.
    slack = 2.0

    def test_entries_of_a_killed_member_come_out_of_another_in_time(self):
        self.fill(self.stream, 20)
        victim = self.holding("victim", 20)
        heir = self.member("--consumer", "heir", "--count", "20")
        until(lambda: "heir" in self.names(), "the heir")
        time.sleep(0.5)
        victim.kill()
        since = time.monotonic()
        entries = self.read_lines(heir, 20)
        self.assertLess(time.monotonic() - since, 1.1 * CLAIM + self.slack)
        self.assertEqual({int(entry["fields"]["n"]) for entry in entries}, set(range(20)))
        self.finish(heir, 0)
        self.assertEqual(self.owners(), {})
        self.assertIn(b"member 'victim' is silent; its 20 entries are given to others", heir.err)

    def names(self):
        return [info[1].decode() for info in
                self.server.command("XINFO", "CONSUMERS", self.stream, "g")]

    def test_a_member_that_is_slow_and_beats_keeps_its_entries(self):
        self.fill(self.stream, 5)
        holder = self.holding("slow", 5)
        other = self.member("--timeout", str(2 * CLAIM))
        self.assertEqual(self.finish(other, 0).out, b"")
        holder.send_signal(signal.SIGINT)
        self.finish(holder, 130)

    def test_without_a_heartbeat_idle_entries_are_claimed(self):
        self.fill(self.stream, 3)
        self.server.command("XGROUP", "CREATE", self.stream, "g", "0")
        self.server.command("XREADGROUP", "GROUP", "g", "gone", "STREAMS", self.stream, ">")
        claiming = self.start("consume", self.stream, "--group", "g", "--claim-timeout", "0.3",
                              "--count", "3")
        self.assertEqual(self.finish(claiming, 0).out.count(b"\n"), 3)
        self.assertEqual(self.owners(), {})

    def test_a_frozen_member_that_wakes_up_acknowledges_nothing_of_the_others(self):
        # More than the pipe takes: it holds a batch that it is printing while it is frozen.
        self.server.command("XGROUP", "CREATE", self.stream, "g", "0", "MKSTREAM")
        for _ in range(40):
            self.server.command("XADD", self.stream, "*", "a", "x" * 8_000)
        zombie = self.member("--consumer", "zombie")
        until(lambda: self.owners().get("zombie") == 40, "the batch")
        select.select([zombie.stdout], [], [], PATIENCE)
        zombie.send_signal(signal.SIGSTOP)
        heir = self.member("--consumer", "heir", "--ack", "never")
        taken = self.read_lines(heir, 40)
        zombie.send_signal(signal.SIGCONT)
        printed = self.read_lines(zombie, 40)
        self.assertEqual({each["id"] for each in printed}, {each["id"] for each in taken})
        zombie.send_signal(signal.SIGINT)
        self.finish(zombie, 1)
        self.assertEqual(self.owners(), {"heir": 40})
        self.assertRegex(zombie.err, rb"taken away while it was being worked on|acknowledgements")
        heir.send_signal(signal.SIGINT)
        self.finish(heir, 130)

    def test_what_was_read_ahead_goes_back_at_once_when_count_is_reached(self):
        self.fill(self.stream, 300)
        self.server.command("SCRIPT", "FLUSH")
        first = self.finish(self.member("--count", "10"), 0)
        self.assertEqual(first.out.count(b"\n"), 10)
        self.assertLessEqual(set(self.owners()), {"sluice:released"})
        self.assertEqual(first.err, b"")
        since = time.monotonic()
        rest = self.finish(self.member("--count", "290"), 0)
        self.assertLess(time.monotonic() - since, CLAIM)
        self.assertEqual({int(json.loads(line)["fields"]["n"]) for line in rest.out.splitlines()},
                         set(range(10, 300)))

    def test_what_was_read_ahead_goes_back_at_once_after_a_signal(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            self.server.command("DEL", self.stream)
            self.fill(self.stream, 50)
            self.server.command("SCRIPT", "FLUSH")
            holder = self.holding("holder", 10)
            holder.send_signal(number)
            self.assertEqual(self.finish(holder, code).err, b"")
            self.assertEqual(self.owners(), {"sluice:released": 50})

    def test_a_full_disk_gives_all_back(self):
        self.fill(self.stream, 100)
        with open("/dev/full", "wb") as full:
            done = self.finish(self.member(stdout=full), 1)
        self.assertIn(b"No space left", done.err)
        self.assertEqual(self.owners(), {"sluice:released": 100})

    def test_a_reader_that_leaves_leaves_the_rest_to_the_group(self):
        reading = self.left_by_its_reader()
        self.assertLessEqual(set(self.owners()), {"sluice:released"})
        self.assertEqual(reading.err, b"")

    def left_by_its_reader(self):
        self.run_tool("produce", self.stream, "--lines", text=b"x\n" * 5_000)
        reading = self.member()
        reading.stdout.readline()
        reading.stdout.close()
        reading.stdout = None
        return self.finish(reading, 0)

    def test_the_right_to_beat_is_needed_and_named(self):
        for right in ("-publish", "-subscribe", "resetchannels"):
            with self.subTest(right):
                self.server.command("ACL", "SETUSER", "mute", "reset", "on", "nopass", "allkeys",
                                    "allchannels", "allcommands", right)
                url = f"unix://mute:x@{self.server.socket}"
                done = self.finish(self.member("--timeout", "5", url=url), 1)
                self.assert_one_line(done.err)
                self.assertIn(b"grant it to the ACL user", done.err)

    def test_wrong_command_lines_name_the_option(self):
        for option, words in (
                ("--heartbeat", ("--heartbeat", "0.001")), ("--heartbeat", ("--heartbeat", "601")),
                ("--heartbeat", ("--heartbeat", "x")), ("--claim-timeout", ("--claim-timeout", "0")),
                ("--claim-timeout", ("--heartbeat", "1", "--claim-timeout", "1.9")),
                ("--max-deliveries", ("--max-deliveries", "0")),
                ("--ack", ("--heartbeat", "1", "--ack", "auto"))):
            done = self.run_tool("consume", self.stream, "--group", "g", *words, code=2)
            self.assertIn(b"sluice: " + option.encode(), done.err)
        for option in ("--heartbeat", "--claim-timeout", "--max-deliveries"):
            done = self.run_tool("consume", self.stream, option, "1", code=2)
            self.assertIn(b"--group", done.err)


class WithoutDoorbell(Claiming):
    """The same where the server pushes nothing, and readers block on connections of their own."""

    server_options = ("--rename-command", "CLIENT", "")
    # What was given back rings no bell; it is looked for now and then.
    slack = 8.0

    def test_a_reader_that_leaves_leaves_the_rest_to_the_group(self):
        # But for what the server had sent and nobody read: that is told, and claimed in time.
        reading = self.left_by_its_reader()
        left = {name: count for name, count in self.owners().items() if name != "sluice:released"}
        for name, count in left.items():
            self.assertIn(f"{count} entries of {self.stream} stay pending; --consumer {name}",
                          reading.err.decode())


if __name__ == "__main__":
    unittest.main()
