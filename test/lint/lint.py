#!/usr/bin/env python3
"""Checks the rules of this repository: lint.py [--fix] [<path>...]. Ends with 1 when one is broken.

Rules live in rules/, what they are about in config.py. `--fix` lays the code out anew first."""

import os
import re
import subprocess
import sys

from cpp import Source
from rules import ambient, coroutines, docstrings, floors, layout, registered, sizes, words

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
CPP_RULES = [floors, ambient, coroutines, docstrings, sizes, words]
_FENCE = re.compile(r"^```c(?:pp|\+\+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def files_of_repository():
    listing = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard"],
                             capture_output=True, text=True, check=False)
    if listing.returncode == 0:
        paths = listing.stdout.splitlines()
    else:  # an unpacked archive
        paths = [os.path.relpath(os.path.join(folder, name), ROOT)
                 for folder, _, names in os.walk(ROOT) for name in names]
    return {path for path in paths if os.path.isfile(os.path.join(ROOT, path))
            and not path.startswith(("build/", "test/lint/samples/"))}


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def check_text(path, text, report):
    """Applies the rules for one file; `report(rule, line, text, warning)` takes the findings."""
    if path.endswith((".cpp", ".hpp")):
        source = Source(path, text)
        for rule in CPP_RULES:
            rule.check(source, report)
    elif path.endswith(".md"):
        for fence in _FENCE.finditer(text):
            line = text.count("\n", 0, fence.start(1)) + 1
            coroutines.check(Source(path, fence[1], line), report)


def main(arguments):
    os.chdir(ROOT)
    fix = "--fix" in arguments
    wanted = [os.path.relpath(os.path.abspath(path), ROOT)
              for path in arguments if not path.startswith("--")]
    files = files_of_repository()
    chosen = sorted(path for path in files if not wanted or path.startswith(tuple(wanted)))
    cpp = [path for path in chosen if path.endswith((".cpp", ".hpp"))]
    errors = warnings = 0

    def report(path, rule, line, text, warning=False):
        nonlocal errors, warnings
        errors, warnings = errors + (not warning), warnings + warning
        print(f"{path}:{line}: {'warning: ' if warning else ''}{rule}: {text}")

    if fix:
        layout.fix_files(cpp)
    for path in chosen:
        if path.endswith((".cpp", ".hpp", ".md")):
            check_text(path, read(path), lambda *finding, p=path, **kind: report(p, *finding, **kind))
    registered.check_tree(files, read, report)
    note = layout.check_files(cpp, report)
    print(f"lint: {len(chosen)} files, {errors} errors, {warnings} warnings"
          + (f" ({note})" if note else ""))
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
