"""Looking after streams and groups: what is shown, and that nothing is changed unasked."""

import json
import os
import pty
import subprocess
import unittest

from support import PATIENCE, TOOL, ToolTest


class AdminTest(ToolTest):
    def group(self, entries=10, read=6, name="g", consumer="one"):
        """A stream 1-0, 2-0, … and a group that has some of it in hand."""
        self.server.command("XGROUP", "CREATE", self.stream, name, "0", "MKSTREAM")
        for i in range(1, entries + 1):
            self.server.command("XADD", self.stream, f"{i}-0", "n", i)
        if read:
            self.server.command("XREADGROUP", "GROUP", name, consumer, "COUNT", read,
                                "STREAMS", self.stream, ">")

    def acknowledge(self, count, name="g"):
        self.server.command("XACK", self.stream, name, *(f"{i}-0" for i in range(1, count + 1)))

    def lines(self, *words, **how):
        """What a verb prints with --json, parsed."""
        done = self.run_tool(*words, "--json", **how)
        return [json.loads(line) for line in done.out.splitlines()]

    def text(self, *words, **how):
        return self.run_tool(*words, **how).out.decode()

    def on_terminal(self, *words, typed=b""):
        """What a verb shows to somebody at a terminal who types an answer."""
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [TOOL, *words], stdin=slave, stdout=slave, stderr=slave,
            env={**os.environ, "REDIS_URL": self.server.url, "TERM": "xterm"})
        self.addCleanup(self.end, process)
        os.close(slave)
        os.write(master, typed)
        shown = b""
        while True:
            try:
                piece = os.read(master, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        os.close(master)
        self.assertEqual(process.wait(timeout=PATIENCE), 0, shown)
        return shown.decode()


class Looking(AdminTest):
    def test_streams_are_listed_in_order_with_their_ends_and_memory(self):
        for name in ("b", "a"):
            self.server.command("XADD", f"{self.stream}:{name}", "5-0", "n", "1")
        self.server.command("SET", f"{self.stream}:text", "x")
        self.server.command("XADD", f"{self.stream}:a:dead", "5-0", "n", "1")
        found = self.lines("streams", f"{self.stream}:?")
        self.assertEqual([each["stream"][-1] for each in found], ["a", "b"])
        self.assertEqual(found[0]["length"], 1)
        self.assertEqual(found[0]["first"], "5-0")
        self.assertEqual(found[0]["dead_letters"], 1)
        self.assertGreater(found[0]["bytes"], 0)
        self.server.command("SET", f"{self.stream}:b:dead", "x")
        self.assertIsNone(self.lines("streams", f"{self.stream}:b")[0]["dead_letters"])
        table = self.text("streams", f"{self.stream}:?")
        self.assertRegex(table, rf"\n{self.stream}:b +1 +\S+ \S+ +0 +- +5-0")
        self.assertRegex(table, r"\ASTREAM +ENTRIES +MEMORY +GROUPS +DEAD +FIRST +LAST\n")
        self.assertNotIn("\x1b", table)
        done = self.run_tool("streams", f"{self.stream}:none*")
        self.assertEqual(done.out, b"")
        self.assertIn(b"there is no stream", done.err)

    def test_a_very_long_name_moves_no_columns_but_those_of_its_own_row(self):
        self.server.command("XADD", self.stream, "5-0", "n", "1")
        self.server.command("XADD", self.stream + ":" + "x" * 5000, "5-0", "n", "1")
        heading, short, long = self.text("streams", self.stream + "*").splitlines()
        self.assertRegex(heading, r"\ASTREAM {53,57} ENTRIES ")
        self.assertLess(len(short), 150)
        self.assertIn("x" * 5000 + "  ", long)

    def test_groups_tell_lag_pending_and_the_oldest_entry_they_are_not_done_with(self):
        self.group()
        self.acknowledge(2)
        found, = self.lines("groups", self.stream)
        self.assertEqual((found["group"], found["lag"], found["lag_estimated"]), ("g", 4, False))
        self.assertEqual((found["pending"], found["oldest"], found["position"]), (4, "3-0", "6-0"))
        self.assertGreater(found["oldest_age_ms"], 0)
        self.assertRegex(self.text("groups", self.stream), rf"\n{self.stream} +g +4 +4 +\d+ d")

    def test_a_lag_that_the_server_does_not_know_is_marked(self):
        self.server.command("EVAL", "for i=1,1000 do redis.call('XADD',KEYS[1],i..'-0','n',i) end",
                            "1", self.stream)
        self.group(entries=0, read=400)
        self.server.command("XDEL", self.stream, "700-0")
        found, = self.lines("lag", self.stream)
        self.assertTrue(found["lag_estimated"])
        self.assertAlmostEqual(found["lag"], 599, delta=20)
        self.assertRegex(self.text("lag", self.stream), rf"\n{self.stream} +g +~\d+ ")

    def test_lag_above_a_bound_is_an_exit_code(self):
        self.group()
        self.assertEqual(len(self.lines("lag", self.stream, "--above", "3", code=4)), 1)
        self.assertEqual(self.lines("lag", self.stream, "--above", "4"), [])

    def test_consumers_tell_what_they_have_in_hand(self):
        self.group()
        found, = self.lines("consumers", self.stream, "--group", "g")
        self.assertEqual((found["consumer"], found["pending"], found["nobody"]), ("one", 6, False))
        self.assertRegex(self.text("consumers", self.stream, "--group", "g"), r"\none +6 +")

    def test_pending_entries_may_be_those_that_nobody_touched_for_long(self):
        self.group()
        self.server.command("XCLAIM", self.stream, "g", "two", "0", "4-0", "IDLE", "60000")
        found = self.lines("pending", self.stream, "--group", "g", "--idle", "59.5")
        self.assertEqual([each["id"] for each in found], ["4-0"])

    def test_tail_shows_the_last_entries_with_their_times(self):
        self.group(read=0)
        found = self.lines("tail", self.stream, "--lines", "2")
        self.assertEqual([each["id"] for each in found], ["9-0", "10-0"])
        self.assertEqual(self.text("tail", self.stream, "--lines", "1"),
                         "1970-01-01 00:00:00.010  10-0  n=10\n")
        self.assertEqual(self.text("tail", self.stream, "--id", "3-0"),
                         "1970-01-01 00:00:00.003  3-0  n=3\n")
        self.run_tool("tail", self.stream, "--id", "3-1", code=4)

    def test_tail_follows_until_it_is_stopped(self):
        self.group(read=0)
        tail = self.start("tail", self.stream, "--lines", "1", "--follow", "--json")
        self.assertEqual(json.loads(tail.stdout.readline())["id"], "10-0")
        self.server.command("XADD", self.stream, "11-0", "n", "11")
        self.assertEqual(json.loads(tail.stdout.readline())["id"], "11-0")
        tail.terminate()
        self.finish(tail, 143)

    def test_a_heading_is_bold_on_a_terminal_alone(self):
        self.group()
        self.assertIn("\x1b[1mSTREAM", self.on_terminal("groups", self.stream))

    def test_a_group_that_is_not_there_is_told(self):
        self.group()
        for words in (("consumers", self.stream), ("pending", self.stream),
                      ("seek", self.stream, "--to", "latest", "--yes")):
            self.run_tool(*words, "--group", "none", code=1)


    def test_what_is_no_stream_or_not_there_is_told_in_one_line(self):
        self.server.command("SET", self.stream, "text")
        for words in (("groups",), ("consumers", "--group", "g"), ("pending", "--group", "g"),
                      ("tail",), ("trim", "--yes"), ("seek", "--group", "g", "--to", "latest",
                                                     "--yes")):
            with self.subTest(words=words):
                done = self.run_tool(words[0], self.stream, *words[1:], code=1)
                self.assertIn(b"another type", done.err)
        for words in (("consumers", "--group", "g"), ("pending", "--group", "g"),
                      ("seek", "--group", "g", "--to", "latest", "--yes")):
            with self.subTest(words=words):
                done = self.run_tool(words[0], "nowhere", *words[1:], code=1)
                self.assertIn(b"correct the stream's name or --group", done.err)

    def test_pending_entries_come_with_their_fields(self):
        self.group(entries=600, read=600)
        self.server.command("XDEL", self.stream, "7-0")
        found = self.lines("pending", self.stream, "--group", "g", "--fields")
        self.assertEqual(len(found), 600)
        self.assertEqual(found[599]["fields"], {"n": "600"})
        self.assertIsNone(found[6]["fields"])

    def test_streams_of_others_are_named_and_hide_nothing(self):
        self.group()
        self.server.command("ACL", "SETUSER", "guest", "on", ">word", "+@all", "&*",
                            f"~{self.stream}*", "~sluice:probe:*")
        self.server.command("XADD", "secret", "*", "n", "1")
        url = self.server.url + "?user=guest&password=word"
        for words in (("streams",), ("lag",), ("doctor", "--watch", "0", "--keys", self.stream)):
            with self.subTest(words=words):
                done = self.start(*words, "--json", url=url)
                done.out, done.err = done.communicate(timeout=60)
                self.assertIn(b"not shown, as this user may not look at it: ", done.err)
                self.assertIn(self.stream.encode() if words[0] != "doctor" else b"1 group is",
                              done.out)

    def test_a_stream_with_an_entry_that_is_too_large_is_named_and_hides_nothing(self):
        self.group()
        self.server.command("EVAL", "redis.call('XADD',KEYS[1],'1-0','n',string.rep('x',2^24+1)) "
                            "redis.call('XGROUP','CREATE',KEYS[1],'g','0')", 1, self.stream + ":x")
        self.addCleanup(self.server.command, "DEL", self.stream + ":x")
        for words in (("streams", self.stream + "*"), ("lag", self.stream + "*"),
                      ("doctor", self.stream + "*", "--watch", "0")):
            with self.subTest(words=words):
                done = self.run_tool(*words, "--json", code=4 if words[0] == "doctor" else 0)
                self.assertIn(b"not shown, as an entry is larger than this tool takes: " +
                              self.stream.encode() + b":x\n", done.err)
                self.assertIn(b"1 group is" if words[0] == "doctor" else self.stream.encode(),
                              done.out)
        self.assertEqual(self.lines("top", self.stream + "*", "--once")[0]["group"], "g")

    def test_a_name_in_a_complaint_steers_no_terminal(self):
        done = self.run_tool("groups", "a\x1b[31m\u009b2Jb", "--remove", "g\n", "--yes", code=4)
        self.assertEqual(done.err, b"sluice: there is no group g  of a [31m 2Jb\n")


class Changing(AdminTest):
    def groups_now(self):
        return [each[1].decode() for each in self.server.command("XINFO", "GROUPS", self.stream)]

    def test_nothing_is_changed_unasked(self):
        self.group()
        for words in (("groups", self.stream, "--remove", "g"), ("trim", self.stream),
                      ("seek", self.stream, "--group", "g", "--to", "latest"),
                      ("consumers", self.stream, "--group", "g", "--remove", "one")):
            done = self.run_tool(*words, code=2)
            self.assertIn(b"--yes", done.err)
        self.assertEqual(self.groups_now(), ["g"])
        self.assertEqual(self.server.pending(self.stream, "g"), 6)

    def test_a_dry_run_says_what_would_be_done_and_does_nothing(self):
        self.group()
        self.acknowledge(6)
        shown = self.text("groups", self.stream, "--remove", "g", "--dry-run")
        self.assertIn("would remove group g", shown)
        shown = self.text("trim", self.stream, "--exact", "--dry-run")
        self.assertIn("would remove 5 entries", shown)
        shown = self.text("seek", self.stream, "--group", "g", "--to", "2-0", "--dry-run")
        self.assertIn("from 6-0 to 2-0: 4 entries come again\n", shown)
        shown = self.text("consumers", self.stream, "--group", "g", "--remove", "one", "--dry-run")
        self.assertIn("would give 0 entries back", shown)
        self.assertEqual(self.groups_now(), ["g"])
        self.assertEqual(self.server.command("XLEN", self.stream), 10)

    def test_somebody_at_a_terminal_is_asked(self):
        self.group(read=0)
        words = ("groups", self.stream, "--remove", "g")
        shown = self.on_terminal(*words, typed=b"n\n")
        self.assertIn("nothing was changed", shown)
        self.assertEqual(self.groups_now(), ["g"])
        self.on_terminal(*words, typed=b"y\n")
        self.assertEqual(self.groups_now(), [])

    def test_a_group_with_pending_entries_is_kept(self):
        self.group()
        done = self.run_tool("groups", self.stream, "--remove", "g", "--yes", code=4)
        self.assertIn(b"6 entries are pending", done.err)
        self.assertEqual(self.groups_now(), ["g"])
        self.run_tool("groups", self.stream, "--remove", "g", "--yes", "--drop-pending")
        self.assertEqual(self.groups_now(), [])
        self.run_tool("groups", self.stream, "--remove", "g", "--yes", code=4)

    def test_a_consumer_leaves_its_work_to_the_group(self):
        self.group()
        shown = self.text("consumers", self.stream, "--group", "g", "--remove", "one", "--yes")
        self.assertIn("gave 6 entries back", shown)
        self.assertEqual(self.server.pending(self.stream, "g"), 6)
        found = self.consume(self.stream, "--group", "g", "--heartbeat", "0.1",
                             "--claim-timeout", "60", "--count", "10")
        self.assertEqual(sorted(int(each["fields"]["n"]) for each in found), list(range(1, 11)))
        self.run_tool("consumers", self.stream, "--group", "g", "--remove", "one", "--yes", code=4)

    def test_what_is_given_back_already_is_refused_by_a_dry_run_as_well(self):
        self.group()
        words = ("consumers", self.stream, "--group", "g", "--remove")
        self.run_tool(*words, "one", "--yes")
        nobody = next(each["consumer"] for each in
                      self.lines("consumers", self.stream, "--group", "g") if each["nobody"])
        for how in ("--yes", "--dry-run"):
            done = self.run_tool(*words, nobody, how, code=2)
            self.assertIn(b"is given back already", done.err)
            self.assertEqual(done.out, b"")

    def test_programs_are_told_what_was_removed_or_would_be(self):
        self.group()
        words = ("consumers", self.stream, "--group", "g", "--remove", "one")
        line = {"stream": self.stream, "group": "g", "consumer": "one", "released": 6}
        self.assertEqual(self.lines(*words, "--dry-run"), [{**line, "dry_run": True}])
        self.assertEqual(self.lines(*words, "--yes"), [{**line, "dry_run": False}])
        self.assertEqual(self.lines(*words, "--yes", code=4), [])
        words = ("groups", self.stream, "--remove", "g", "--drop-pending")
        line = {"stream": self.stream, "group": "g", "pending": 6}
        self.assertEqual(self.lines(*words, "--dry-run"), [{**line, "dry_run": True}])
        self.assertEqual(self.lines(*words, "--yes"), [{**line, "dry_run": False}])
        self.assertEqual(self.lines(*words, "--yes", code=4), [])

    def test_trimming_stops_at_what_some_group_needs(self):
        self.group(read=10)
        self.group(entries=0, read=5, name="slow")
        self.acknowledge(10)
        self.acknowledge(3, name="slow")
        self.assertIn("removed 3 entries", self.text("trim", self.stream, "--exact", "--yes"))
        self.assertEqual(self.server.command("XLEN", self.stream), 7)
        self.server.command("XADD", self.stream + ":alone", "*", "n", "1")
        self.run_tool("trim", self.stream + ":alone", "--yes", code=4)

    def test_programs_are_told_what_trimming_did_or_would_do(self):
        self.group()
        self.acknowledge(6)
        words = ("trim", self.stream, "--exact")
        line = {"stream": self.stream, "before": "6-0", "removed": 5, "removed_estimated": False}
        self.assertEqual(self.lines(*words, "--dry-run"), [{**line, "dry_run": True}])
        self.assertEqual(self.server.command("XLEN", self.stream), 10)
        self.assertEqual(self.lines(*words, "--yes"), [{**line, "dry_run": False}])
        self.assertEqual(self.lines(*words, "--yes"), [{**line, "removed": 0, "dry_run": False}])
        one = ("trim", self.stream, "--id", "8")
        line = {"stream": self.stream, "id": "8-0", "removed": 1, "removed_estimated": False}
        self.assertEqual(self.lines(*one, "--dry-run"), [{**line, "dry_run": True}])
        self.assertEqual(self.lines(*one, "--yes"), [{**line, "dry_run": False}])
        self.assertEqual(self.lines(*one, "--yes", code=4), [])
        self.assertEqual(self.lines("trim", self.stream + ":none", "--yes", code=4), [])

    def test_one_entry_is_removed_by_its_id(self):
        self.group(read=0)
        self.assertIn("would remove entry 4-0", self.text("trim", self.stream, "--id", "4-0",
                                                          "--dry-run"))
        self.text("trim", self.stream, "--id", "4-0", "--yes")
        self.run_tool("trim", self.stream, "--id", "4-0", "--yes", code=4)
        self.assertEqual(self.server.command("XLEN", self.stream), 9)

    def test_programs_are_told_where_a_group_was_moved_or_would_be(self):
        self.group()
        words = ("seek", self.stream, "--group", "g", "--to")
        line = {"stream": self.stream, "group": "g", "from": "6-0", "to": "2-0", "back": True,
                "entries": 4, "entries_estimated": False, "pending": 4}
        self.assertEqual(self.lines(*words, "2-0", "--dry-run"), [{**line, "dry_run": True}])
        self.assertEqual(self.lines(*words, "2-0", "--yes"), [{**line, "dry_run": False}])
        found, = self.lines(*words, "latest", "--yes")
        self.assertEqual((found["from"], found["to"], found["back"], found["entries"]),
                         ("2-0", "10-0", False, 8))

    def test_a_step_back_tells_how_many_entries_are_taken_out_of_somebodys_hands(self):
        self.group()
        self.acknowledge(3)
        words = ("seek", self.stream, "--group", "g", "--to", "2-0", "--dry-run")
        self.assertIn("4 entries come again; 3 that somebody has in hand are handed out again",
                      self.text(*words))

    def test_who_is_asked_reads_it_beside_the_question_where_programs_read_the_output(self):
        self.group()
        terminal, of_tool = pty.openpty()
        asking = self.start("seek", self.stream, "--group", "g", "--to", "2-0", "--json",
                            stdin=of_tool)
        os.close(of_tool)
        os.write(terminal, b"y\n")
        self.finish(asking, 0)
        os.close(terminal)
        self.assertIn(b"sluice: would move group g of ", asking.err)
        self.assertFalse(json.loads(asking.out)["dry_run"])

    def test_a_group_is_moved_to_an_id_and_to_a_time(self):
        self.group()
        self.server.command("XADD", self.stream, "1000000000000-0", "n", "11")
        self.server.command("XADD", self.stream, "1900000000000-0", "n", "12")
        shown = self.text("seek", self.stream, "--group", "g", "--to", "2020-01-01T00:00:00Z",
                          "--yes")
        self.assertIn("5 entries are passed over", shown)
        found = self.consume(self.stream, "--group", "g", "--consumer", "new", "--count", "1")
        self.assertEqual(found[0]["fields"]["n"], "12")
        shown = self.text("seek", self.stream, "--group", "g", "--to", "2500-01-01", "--dry-run")
        self.assertIn("to 1900000000000-0: ", shown)
        for wrong in ("2020-02-30", "yesterday", "-5"):
            self.run_tool("seek", self.stream, "--group", "g", f"--to={wrong}", "--yes", code=2)

    def test_what_may_be_meant_as_a_time_is_not_taken_for_an_id(self):
        self.group()
        words = ("seek", self.stream, "--group", "g", "--dry-run", "--to")
        for wrong in ("2026", "2026-11", "202611", "20261122", "1795311000044"):
            done = self.run_tool(*words, wrong, code=2)
            self.assertIn(b"an id such as 1526919030474-0 or a time such as 2026-11-22T01:30:00Z",
                          done.err)
        for place in ("0", "0-0", "0-7", "5-0", "1795311000044-0", "earliest", "latest",
                      "2026-11-22", "2026-11-22T01:30Z"):
            self.run_tool(*words, place)


class Doctor(AdminTest):
    server_options = ("--appendonly", "yes", "--maxmemory", "1gb")

    def findings(self, *words, **how):
        return self.lines("doctor", self.stream, "--watch", "0", *words, **how)

    def test_a_healthy_server_and_group_are_no_reason_to_wake_anybody(self):
        self.group(read=10)
        found = self.findings()
        self.assertLessEqual({each["severity"] for each in found}, {"fine", "note"})
        self.assertEqual(found[-1]["what"], "1 group is as they should be")

    def test_who_may_not_search_for_streams_is_told_what_rights_are_missing_all_the_same(self):
        self.group(read=10)
        self.server.command("ACL", "SETUSER", "guest", "on", ">word", "+@all", "-scan", "&*", "~*")
        url = self.server.url + "?user=guest&password=word"
        found = self.lines("doctor", self.stream + "*", "--watch", "0", url=url, code=4)
        rights = [each["what"] for each in found if each["check"] == "rights"]
        self.assertIn("do not suffice to look after streams: +scan", rights)
        self.assertEqual((found[-1]["severity"], found[-1]["check"]), ("note", "groups"))
        self.assertIn("may not search for streams", found[-1]["what"])
        found = self.lines("doctor", self.stream, "--watch", "0", url=url, code=4)
        self.assertEqual(found[-1]["what"], "1 group is as they should be")

    def test_entries_that_a_silent_consumer_has_in_hand_are_an_exit_code(self):
        self.group(read=10)
        found = self.findings("--dead-after", "0.001", code=4)
        bad, = (each for each in found if each["severity"] == "warning")
        self.assertIn("consumer one is silent and has 10 entries in hand", bad["what"])
        self.assertIn(f"sluice consumers {self.stream} --group g --remove one", bad["advice"])

    def test_entries_without_a_consumer_are_trouble(self):
        self.group(read=0)
        found = self.findings(code=4)
        self.assertEqual([each["what"] for each in found if each["severity"] == "trouble"],
                         [f"group g of {self.stream}: 10 entries wait and no consumer is there"])

    def test_a_setting_that_loses_streams_is_told_to_people_with_what_to_do(self):
        self.server.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        self.addCleanup(self.server.command, "CONFIG", "SET", "maxmemory-policy", "noeviction")
        shown = self.text("doctor", self.stream, "--watch", "0", code=4)
        self.assertRegex(shown, r"\ntrouble +eviction: allkeys-lru: streams are deleted .* -> CONFIG")


if __name__ == "__main__":
    unittest.main()
