"""The layout of code is clang-format's business. Its versions differ in taste, hence one counts."""

import re
import shutil
import subprocess

NAME = "layout"
VERSION = "14"


def formatter():
    """The clang-format of that version, or None."""
    for name in (f"clang-format-{VERSION}", "clang-format"):
        path = shutil.which(name)
        if path and re.search(rf"version {VERSION}\.",
                              subprocess.run([path, "--version"], capture_output=True,
                                             text=True, check=True).stdout):
            return path
    return None


def check_files(paths, report):
    tool = formatter()
    if not tool:
        return f"layout not checked: clang-format {VERSION} is not here"
    outcome = subprocess.run([tool, "--dry-run", *paths], capture_output=True, text=True, check=False)
    reported = set()
    for path, line in re.findall(r"^(\S+?):(\d+):\d+: warning", outcome.stderr, re.MULTILINE):
        if path not in reported:
            reported.add(path)
            report(path, NAME, int(line), "clang-format differs: ./dev lint --fix")
    return None


def fix_files(paths):
    tool = formatter()
    if tool:
        subprocess.run([tool, "-i", *paths], check=True)
