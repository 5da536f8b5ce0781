#!/usr/bin/env python3
"""Proves the rules on the files in samples/. The first line of a sample says which path it plays;
`expect: <rule>, <rule>` on a line says which findings, and no others, it has to cause there."""

import os
import re
import sys
from collections import Counter

import docs
from lint import check_text

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "samples")
_EXPECT = re.compile(r"expect: ([a-z]+(?:, [a-z]+)*)")


def prove(name):
    with open(os.path.join(SAMPLES, name), encoding="utf-8") as file:
        text = file.read()
    path = re.match(r"(?://|<!--) as: (\S+)", text)[1]
    expected, found = Counter(), Counter()
    for number, line in enumerate(text.split("\n"), 1):
        match = _EXPECT.search(line)
        if match:
            expected.update((number, rule) for rule in match[1].split(", "))
    check_text(path, text, lambda rule, line, _text, warning=False: found.update([(line, rule)]))
    for (line, rule), count in sorted((expected - found).items()):
        print(f"samples/{name}:{line}: {rule} is not found ({count} times)")
    for (line, rule), count in sorted((found - expected).items()):
        print(f"samples/{name}:{line}: {rule} is found without reason ({count} times)")
    return expected == found


def main():
    names = sorted(name for name in os.listdir(SAMPLES) if not name.startswith("docs"))
    failed = [name for name in names if not prove(name)]
    if not docs.self_test():
        failed.append("docs")
    print(f"lint's own tests: {len(names) + 1} samples, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
