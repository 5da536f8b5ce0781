"""The guide's page about the tool, held against what --help says."""

import os
import re
import subprocess
import unittest

from support import TOOL

PAGE = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "guide", "tool.md")
VERBS = ("produce", "consume", "topic", "box", "send", "call", "listen", "services", "schedule",
         "streams", "tail", "groups", "consumers", "lag", "pending", "dead", "trim", "seek", "top",
         "doctor", "info", "ping", "demo")
PARTS = {"topic": ("send", "listen", "seen"),
         "box": ("list", "subscribers", "read", "write", "prune"),
         "schedule": ("list", "next", "run", "remove"),
         "dead": ("list", "show", "redrive", "drop")}


def options_of(*verb):
    return set(re.findall(r"^  (--[a-z-]+)", help_of(*verb), re.M)) - {"--url", "--streams"}


def verbs_in(text):
    listed = re.search(r"Subcommands:\n((?:  .*\n)+)", text)[1]
    return tuple(re.findall(r"^  (\w+)", listed, re.M))


def help_of(*verb):
    return subprocess.run([TOOL, *verb, "--help"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


class Manual(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(PAGE, encoding="utf-8") as page:
            cls.page = page.read()

    def section(self, verb):
        found = re.search(rf"^## sluice {verb}\n(.*?)(?=^## |\Z)", self.page, re.M | re.S)
        self.assertTrue(found, f"no section about {verb}")
        return found[1]

    def test_every_verb_has_a_section(self):
        self.assertEqual(verbs_in(help_of()), VERBS)
        for verb in VERBS:
            self.section(verb)

    def test_every_part_of_a_verb_is_described(self):
        for verb, parts in PARTS.items():
            self.assertEqual(verbs_in(help_of(verb)), parts)
            for part in parts:
                self.assertRegex(self.section(verb), f"`{verb} {part}[ `]")

    def test_every_option_is_named_and_no_other(self):
        for verb in VERBS:
            offered = options_of(verb).union(
                *(options_of(verb, part) for part in PARTS.get(verb, ())))
            named = set(re.findall(r"^\| `(--[a-z-]+)", self.section(verb), re.M))
            self.assertEqual(offered, named, verb)
        self.assertIn("`--url", self.page)
        self.assertIn("`--streams", self.page)

    def test_exit_codes_are_those_of_the_help(self):
        told = re.search(r"Exit codes: (.*)\.\s*$", help_of(), re.S)[1]
        codes = re.findall(r"(?:^|[;,]\s+)(\d+) ", told)
        self.assertEqual(codes, re.findall(r"^\| (\d+) \|", self.page, re.M))


if __name__ == "__main__":
    unittest.main()
