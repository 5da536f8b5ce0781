"""What groups do with members that die, seen from the tool: claiming, pending, dead letters."""

import json
import os
import pty
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

    def pending(self, *words, **how):
        """What `sluice pending --json` prints, parsed."""
        done = self.run_tool("pending", self.stream, "--group", "g", "--json", *words, **how)
        return [json.loads(line) for line in done.out.splitlines()]

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
        until(lambda: self.listeners() == 2, "the heir")
        time.sleep(0.5)
        victim.kill()
        since = time.monotonic()
        entries = self.read_lines(heir, 20)
        self.assertLess(time.monotonic() - since, 1.1 * CLAIM + self.slack)
        self.assertEqual({int(entry["fields"]["n"]) for entry in entries}, set(range(20)))
        self.finish(heir, 0)
        self.assertEqual(self.owners(), {})
        self.assertIn(b"member 'victim' is silent; its 20 entries are given to others", heir.err)

    def listeners(self):
        """How many members hear the group's beats."""
        return self.server.command("PUBSUB", "NUMSUB", "g")[1]

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
            self.assertEqual({each["deliveries"] for each in self.pending()}, {0})

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


class Pending(GroupTest):
    def table(self, *words):
        return self.run_tool("pending", self.stream, "--group", "g", *words).out.decode()

    def take(self, consumer, count):
        self.server.command("XREADGROUP", "GROUP", "g", consumer, "COUNT", count, "STREAMS",
                            self.stream, ">")

    def fill_and_take(self):
        """Five entries of one consumer, three of another."""
        for i in range(10):
            self.server.command("XADD", self.stream, f"1-{i + 1}", "n", i)
        self.server.command("XGROUP", "CREATE", self.stream, "g", "0")
        self.take("one", 5)
        self.take("two", 3)

    def test_a_line_of_json_says_whose_an_entry_is(self):
        self.fill_and_take()
        entries = self.pending()
        self.assertEqual([entry["id"] for entry in entries], [f"1-{i + 1}" for i in range(8)])
        self.assertEqual({entry["consumer"] for entry in entries[:5]}, {"one"})
        self.assertEqual(sorted(entries[0]), ["consumer", "deliveries", "id", "idle_ms", "stream"])
        self.assertEqual(entries[0]["stream"], self.stream)
        self.assertEqual(entries[0]["deliveries"], 1)
        self.assertLess(entries[0]["idle_ms"], PATIENCE * 1_000)

    def test_one_consumer_and_so_many_entries(self):
        self.fill_and_take()
        self.assertEqual([entry["id"] for entry in self.pending("--consumer", "two")],
                         ["1-6", "1-7", "1-8"])
        self.assertEqual(len(self.pending("--count", "4")), 4)
        self.assertEqual(self.pending("--consumer", "nobody"), [])

    def test_a_group_that_is_not_there_is_told(self):
        done = self.run_tool("pending", self.stream, "--group", "g", code=1)
        self.assertIn(b"correct the stream's name or --group", done.err)

    def test_fields_and_deleted_ones(self):
        self.fill_and_take()
        self.server.command("XDEL", self.stream, "1-2")
        entries = self.pending("--fields", "--count", "2")
        self.assertEqual([entry["fields"] for entry in entries], [{"n": "0"}, None])
        self.assertIn('{"n":"0"}', self.table("--fields"))

    def test_the_table_begins_with_a_summary(self):
        self.fill_and_take()
        text = self.table()
        self.assertRegex(text, rf"\A8 entries of {self.stream} pending in group g\n"
                               r"oldest 1-1, added \d+ d.* ago\n  one +5\n  two +3\n\n"
                               r"id +consumer +idle +deliveries\n1-1 +one +\d+ ms +1\n")
        self.assertEqual(text.count("\n"), 6 + 8)

    def test_nothing_pending(self):
        self.fill(self.stream, 1)
        self.server.command("XGROUP", "CREATE", self.stream, "g", "0")
        self.assertEqual(self.table(), f"0 entries of {self.stream} pending in group g\n")
        self.assertEqual(self.pending(), [])

    def test_entries_that_were_given_back_are_shown_as_such_with_when_they_are_due(self):
        self.fill_and_take()
        # As the library does it: docs/architecture.md.
        key = f"{self.stream}:sluice:g:released"
        seconds = int(self.server.command("TIME")[0])
        for owner, entry, due in (("released", "1-1", seconds + 3_600), ("released", "1-2", 1),
                                  ("orphaned", "1-3", 1), ("released", "1-4", None)):
            self.server.command("XCLAIM", self.stream, "g", "sluice:" + owner, "0", entry, "JUSTID")
            if due:
                self.server.command("ZADD", key, due * 1_000, entry)
        text = self.table()
        self.assertRegex(text, r"1-1 +\(given back\) .* 1 +due in (1 h|59 min \d+ s)\n")
        self.assertRegex(text, r"1-2 +\(given back\) .* 1 +due now\n")
        self.assertRegex(text, r"1-3 +\(taken from the dead\) .* 1 +due now\n")
        self.assertRegex(text, r"1-4 +\(given back\) .* 1\n")
        first, second, third, fourth, fifth, *_ = self.pending()
        self.assertEqual(third["consumer"], "sluice:orphaned")
        self.assertEqual(first["consumer"], "sluice:released")
        self.assertGreater(first["due_in_ms"], 3_000_000)
        self.assertEqual(second["due_in_ms"], 0)
        self.assertNotIn("due_in_ms", fourth)
        self.assertNotIn("due_in_ms", fifth)

    def test_many_are_read_page_by_page(self):
        self.run_tool("produce", self.stream, "--lines", text=b"x\n" * 1_700)
        self.server.command("XGROUP", "CREATE", self.stream, "g", "0")
        self.take("one", 1_700)
        self.assertEqual(len({entry["id"] for entry in self.pending()}), 1_700)

    def test_a_reader_that_leaves_is_no_error(self):
        self.run_tool("produce", self.stream, "--lines", text=b"x\n" * 20_000)
        self.server.command("XGROUP", "CREATE", self.stream, "g", "0")
        self.take("one", 20_000)
        showing = self.start("pending", self.stream, "--group", "g")
        showing.stdout.readline()
        showing.stdout.close()
        showing.stdout = None
        self.assertEqual(self.finish(showing, 0).err, b"")

    def test_a_signal_ends_it(self):
        self.run_tool("produce", self.stream, "--lines", text=b"x\n" * 20_000)
        self.server.command("XGROUP", "CREATE", self.stream, "g", "0")
        self.take("one", 20_000)
        showing = self.start("pending", self.stream, "--group", "g")
        showing.stdout.readline()
        time.sleep(0.2)
        showing.send_signal(signal.SIGINT)
        showing.wait(PATIENCE)
        self.assertEqual(showing.returncode, 130)

    def test_a_missing_stream_or_group_is_told(self):
        self.run_tool("pending", self.stream, "--group", "g", code=1)
        self.fill(self.stream, 1)
        done = self.run_tool("pending", self.stream, "--group", "g", code=1)
        self.assertIn(b"no such stream or consumer group", done.err)
        self.server.command("DEL", self.stream)
        self.server.command("SET", self.stream, "x")
        done = self.run_tool("pending", self.stream, "--group", "g", code=1)
        self.assertIn(b"another type", done.err)

    def test_wrong_command_lines(self):
        for words in (("s",), ("--group", "g"), ("s", "--group", "g", "--count", "0")):
            self.run_tool("pending", *words, code=2)


class Dead(GroupTest):
    def dead(self, verb, *words, **how):
        return self.run_tool("dead", verb, self.stream, *words, **how)

    def letters(self, *words):
        return [json.loads(line) for line in self.dead("list", "--json", *words).out.splitlines()]

    def bury(self, count, *options):
        """Gives up so many entries: each is delivered once, and may not be again."""
        self.fill(self.stream, count)
        taking = ("--group", "g", "--consumer", "c", "--timeout", "0")
        self.consume(self.stream, *taking, "--ack", "never")
        done = self.run_tool("consume", self.stream, *taking, "--max-deliveries", "1")
        self.assertEqual(done.out, b"")
        return done

    def ids(self):
        return [letter["id"] for letter in self.letters()]

    def test_what_came_too_often_is_a_dead_letter_and_told(self):
        self.server.command("SCRIPT", "FLUSH")
        done = self.bury(1)
        self.assertRegex(done.err.decode(), r"\Asluice: .* was given up and moved to "
                                            rf"'{self.stream}:dead': max_deliveries\n\Z")
        letter, = self.letters()
        self.assertEqual({name: letter[name] for name in (
            "stream", "group", "consumer", "reason", "error", "fields")}, {
                "stream": self.stream, "group": "g", "consumer": "c", "reason": "max_deliveries",
                "error": "", "fields": {"n": "0"}})
        self.assertGreater(letter["deliveries"], 0)
        self.assertGreaterEqual(letter["died_ms"], letter["added_ms"])
        self.assertEqual(self.owners(), {})

    def test_the_list_for_people(self):
        self.bury(3)
        text = self.dead("list").out.decode()
        self.assertRegex(text, r"\Aid +entry +group +deliveries +reason\n"
                               r"(\d+-\d+ +\d+-\d+ +g +\d +max_deliveries\n){3}\Z")
        self.assertEqual(len(self.letters("--count", "2")), 2)

    def test_many_are_listed_page_by_page_and_others_in_their_stream_left_out(self):
        for _ in range(250):
            self.server.command("XADD", self.stream + ":dead", "*", "no", "letter")
        self.bury(120)
        self.assertEqual(len(self.letters()), 120)

    def test_an_empty_list(self):
        done = self.dead("list")
        self.assertEqual((done.out, done.err.decode()),
                         (b"", f"sluice: there are no dead letters of {self.stream} in {self.stream}:dead\n"))

    def test_show_tells_all(self):
        self.bury(1)
        letter, = self.letters()
        text = self.dead("show", letter["id"]).out.decode()
        for part in (letter["id"], letter["entry"], "max_deliveries", "  n = 0\n"):
            self.assertIn(part, text)
        self.assertEqual(json.loads(self.dead("show", letter["id"], "--json").out), letter)

    def add_letter(self, letter_id, stream, word, *fields):
        """As the library does it, but with a word of ours wherever a text may stand."""
        words = {"stream": stream, "group": word, "reason": word, "error": word, "consumer": word}
        head = [part for name in ("stream", "id", "group", "consumer", "reason", "error",
                                  "deliveries", "added", "died")
                for part in ("dead." + name, words.get(name, "1"))]
        self.server.command("XADD", self.stream + ":dead", letter_id, *head, *fields)

    def test_nothing_shown_steers_a_terminal(self):
        self.add_letter("1-1", self.stream, "\x1b[2J", b"\x1b\xff", b"\x9b\n")
        for words in (("list",), ("list", "--json"), ("show", "1-1"), ("show", "1-1", "--json")):
            out = self.dead(*words).out
            self.assertIn(b"u001b[2J", out)
            self.assertFalse(any(byte < 0x20 and byte != 0x0a for byte in out), out)

    def test_those_of_other_streams_in_the_same_place_are_left_alone(self):
        self.add_letter("1-1", self.stream, "g", "a", "1")
        self.add_letter("1-2", self.stream + "-other", "g", "a", "1")
        self.assertEqual(self.ids(), ["1-1"])
        for verb in ("show", "redrive", "drop"):
            self.dead(verb, "1-2", code=4)
        self.dead("redrive", "--all")
        self.dead("drop", "--all", "--yes")
        self.assertEqual(self.server.command("XLEN", self.stream + ":dead"), 1)
        self.assertEqual(self.server.command("EXISTS", self.stream + "-other"), 0)

    def test_redriven_it_comes_again_under_its_id_once(self):
        self.bury(2)
        letters = self.letters()
        done = self.dead("redrive", letters[0]["id"])
        self.assertEqual(done.out.decode(), f"{letters[0]['id']} {letters[0]['entry']}\n")
        entry, = self.consume(self.stream, "--group", "g", "--count", "1", "--timeout", "5")
        self.assertEqual(entry["id"], letters[0]["entry"])
        self.assertEqual(self.ids(), [letters[1]["id"]])
        again = self.dead("redrive", letters[0]["id"], code=4)
        self.assertEqual((again.out, again.err.decode()), (
            b"", f"sluice: there is no dead letter {letters[0]['id']} of {self.stream} in "
                 f"{self.stream}:dead\n"))
        self.assertEqual(self.owners(), {})

    def test_all_come_again(self):
        self.bury(150)
        done = self.dead("redrive", "--all")
        self.assertEqual(done.out.count(b"\n"), 150)
        self.assertEqual(self.ids(), [])
        self.assertEqual(len(self.consume(self.stream, "--group", "g", "--count", "150",
                                          "--timeout", "5")), 150)
        self.assertEqual(self.dead("redrive", "--all").out, b"")

    def test_as_new_it_is_for_every_group(self):
        self.bury(1)
        letter, = self.letters()
        back = self.dead("redrive", letter["id"], "--as-new").out.split()[1].decode()
        self.assertNotEqual(back, letter["entry"])
        self.assertEqual([entry for entry, _ in self.server.command("XRANGE", self.stream, "-", "+")],
                         [letter["entry"].encode(), back.encode()])

    def test_edited_it_is_a_new_entry_with_the_other_fields_in_their_places(self):
        self.server.command("XADD", self.stream, "1-1", "a", "1", "b", "2", "a", "3")
        self.bury(0)
        letter, = self.letters()
        back = self.dead("redrive", letter["id"], "--set", "a=x=y", "--set", "c=").out.split()[1]
        (_, fields), = self.server.command("XRANGE", self.stream, back, back)
        self.assertEqual(fields, [b"a", b"x=y", b"b", b"2", b"a", b"3", b"c", b""])
        self.assertEqual(self.ids(), [])
        self.dead("redrive", letter["id"], "--set", "a=1", code=4)

    def test_an_unknown_id_is_told_and_the_others_come_again(self):
        self.bury(2)
        first, second = self.ids()
        done = self.dead("redrive", first, "1-1", second, code=4)
        self.assertEqual(done.out.count(b"\n"), 2)
        self.assertIn(b"no dead letter 1-1", done.err)

    def test_dropped_is_dropped(self):
        self.bury(3)
        first, *rest = self.ids()
        self.dead("drop", first)
        self.assertEqual(self.ids(), rest)
        self.assertIn(b"no dead letter", self.dead("drop", first, code=4).err)
        self.assertEqual(self.dead("drop", "--all", "--yes").err, b"")
        self.assertEqual(self.ids(), [])

    def test_dropping_all_wants_a_yes(self):
        self.bury(1)
        self.assertIn(b"--yes", self.dead("drop", "--all", code=2).err)
        for answer, left in ((b"\n", 1), (b"n\n", 1), (b"y\n", 0)):
            terminal, of_tool = pty.openpty()
            asking = self.start("dead", "drop", self.stream, "--all", stdin=of_tool)
            os.close(of_tool)
            os.write(terminal, answer)
            self.finish(asking, 0)
            os.close(terminal)
            self.assertIn(b"for good? [y/N]", asking.err)
            self.assertEqual(len(self.ids()), left)

    def test_they_may_be_elsewhere(self):
        self.bury(1)
        self.server.command("RENAME", self.stream + ":dead", self.stream + "-graves")
        self.assertEqual(self.ids(), [])
        where = ("--dead-letters", self.stream + "-graves")
        letter, = self.letters(*where)
        self.assertEqual(self.dead("redrive", letter["id"], *where).out.count(b"\n"), 1)
        self.assertEqual(self.letters(*where), [])

    def test_a_full_disk_is_told(self):
        self.bury(1)
        for verb in ("list", "redrive"):
            with open("/dev/full", "wb") as full:
                words = ("--all",) if verb == "redrive" else ()
                done = self.finish(self.start("dead", verb, self.stream, *words, stdout=full), 1)
            self.assert_one_line(done.err)

    def test_a_key_of_another_type_is_told(self):
        self.server.command("SET", self.stream + ":dead", "x")
        self.assertIn(b"another type", self.dead("list", code=1).err)

    def test_wrong_command_lines(self):
        for words in ((), ("list",), ("bury", "s"), ("show", "s"), ("show", "s", "x"),
                      ("redrive", "s"), ("redrive", "s", "1-1", "--all"),
                      ("redrive", "s", "1-1", "--set", "a"), ("drop", "s"), ("drop", "s", "x")):
            done = self.run_tool("dead", *words, code=2)
            self.assertRegex(done.err, rb"see sluice dead.* --help\n")


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
