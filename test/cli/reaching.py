"""What the tool says about a server that it cannot use, and about the one that it can."""

import re
import socket
import unittest

from support import ToolTest


class Reaching(ToolTest):
    password = "correct"

    def complaint(self, *words, code=1, **how):
        return self.run_tool(*words, code=code, **how).err.decode()

    def with_password(self, password="correct", user=""):
        return f"{self.server.url}?password={password}" + (user and f"&user={user}")

    def test_ping_gives_the_time_of_a_round_trip(self):
        done = self.run_tool("ping", url=self.with_password())
        self.assertRegex(done.out, rb"\APONG from unix:\S+ in \d+ us\n\Z")

    def test_info_names_server_and_abilities(self):
        done = self.run_tool("info", url=self.with_password())
        names = [line.split()[0] for line in done.out.splitlines()]
        self.assertEqual(names, [b"address", b"server", b"doorbell", b"has", b"lacks"])
        self.assertIn(b"proven", done.out)
        self.assertNotIn(b"correct", done.out)

    def test_the_url_on_the_command_line_goes_before_the_environment(self):
        self.run_tool("ping", "--url", self.with_password(), url="redis://localhost:1")

    def test_a_missing_password(self):
        self.assertRegex(self.complaint("ping"), "password")

    def test_a_wrong_password_is_told_and_not_shown(self):
        for words in (("ping",), ("info",), ("consume", "s"), ("produce", "s"), ("demo",)):
            more = ("--url", self.with_password("wr0ng")) if words == ("demo",) else ()
            told = self.complaint(*words, *more, url=self.with_password("wr0ng"))
            self.assertRegex(told, "password")
            self.assertNotIn("wr0ng", told)

    def test_a_missing_right_is_named(self):
        url = self.with_password("secret", "reader")
        self.server.command("ACL", "SETUSER", "reader", "on", ">secret", "~*", "&*", "+@all", "-xadd")
        for words in (("produce", self.stream, "--field", "a=1"), ("produce", self.stream)):
            told = self.complaint(*words, url=url, text=b'{"a":1}')
            self.assertRegex(told, "(?i)xadd.*ACL")

    def test_no_server(self):
        self.assertRegex(self.complaint("ping", url="unix:///nowhere/socket"), "no such socket")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = "redis://127.0.0.1:%d" % free.getsockname()[1]
            for words in (("ping",), ("info",), ("consume", "s"), ("produce", "s")):
                self.assertRegex(self.complaint(*words, url=url), "refused.*running")

    def test_a_host_that_has_no_address(self):
        self.assertRegex(self.complaint("ping", url="redis://nowhere.invalid"), "in the URL")

    def test_a_server_of_something_else(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            pinging = self.start("ping", url="redis://127.0.0.1:%d" % other.getsockname()[1])
            link, _ = other.accept()
            with link:
                link.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                self.finish(pinging, 1)
        self.assert_one_line(pinging.err)

    def test_what_is_no_url(self):
        for url in ("localhost", "localhost:6379", "http://localhost", "redis://localhost:x",
                    "redis://localhost/x", "redis://localhost?no_such=1", "redis://localhost:70000"):
            for words in (("ping", "--url", url), ("demo", "--url", url)):
                self.complaint(*words, code=2)
            self.complaint("ping", code=2, url=url)

    def test_wrong_words(self):
        for words in ((), ("nonsense",), ("--nonsense",), ("ping", "x"), ("info", "--x"),
                      ("produce",), ("produce", "a", "b"), ("demo", "x"), ("ping", "--url")):
            self.assertRegex(self.complaint(*words, code=2), "see sluice.* --help")

    def test_help_and_version(self):
        for verb in ((), ("produce",), ("consume",), ("pending",), ("dead",), ("dead", "list"),
                     ("dead", "show"), ("dead", "redrive"), ("dead", "drop"), ("info",), ("ping",),
                     ("demo",)):
            done = self.run_tool(*verb, "--help")
            self.assertIn(b"Usage: sluice", done.out)
            self.assertLessEqual(max(map(len, done.out.decode().splitlines())), 100)
        version = self.run_tool("--version").out.decode()
        self.assertTrue(re.fullmatch(r"\d+\.\d+\.\d+\n", version), version)


if __name__ == "__main__":
    unittest.main()
