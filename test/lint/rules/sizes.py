"""One idea a file, one thing a function, a hundred columns."""

from config import COLUMNS, FILE_LINES, FUNCTION_LINES, FUNCTION_LINES_AT_MOST
from cpp import walk

NAME = "size"


def check(source, report):
    count = len(source.lines)
    if count > FILE_LINES:
        report(NAME, 1, f"{count} lines: {FILE_LINES} are much for one idea", warning=True)
    for number, line in enumerate(source.lines, 1):
        if len(line) > COLUMNS:
            report(NAME, number, f"{len(line)} columns, {COLUMNS} are allowed")
    for group in walk(source.root):
        lines = group.end_line - group.line + 1
        if group.role == "body" and lines > FUNCTION_LINES:
            report(NAME, group.line, f"a function of {lines} lines: {FUNCTION_LINES} are much, "
                   f"{FUNCTION_LINES_AT_MOST} the most", warning=lines <= FUNCTION_LINES_AT_MOST)
