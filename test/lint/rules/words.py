"""Files say what they are for, and carry no notes to self."""

import re

NAME = "word"
_NOTES = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def check(source, report):
    for number, line in enumerate(source.lines, 1):
        note = _NOTES.search(line)
        if note:
            report(NAME, number, f"{note[0]}: do it, or write it down elsewhere")
        if line != line.rstrip():
            report(NAME, number, "spaces at the end of the line")
    if source.path.endswith(".hpp"):
        if "#pragma once" not in source.lines:
            report(NAME, 1, "a header begins with #pragma once")
