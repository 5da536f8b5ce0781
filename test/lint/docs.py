#!/usr/bin/env python3
"""Checks the documentation: docs.py [--fix]. Links lead somewhere, the table of errors has every code,
and every snippet of code equals the tagged region of a compiled example it names:

    <!-- snippet: docs/examples/consume.cpp#main -->        // [main]
    ```cpp                                                  ...
    ...                                                     // [/main]
    ```

`--fix` writes the regions into the documents."""

import os
import re
import sys
import textwrap

from lint import ROOT, files_of_repository, read

_SNIPPET = re.compile(r"^(<!-- snippet: (?P<path>[^#\s]+)#(?P<tag>\w+) -->\n+```\w*\n)"
                      r"(?P<code>.*?)(?P<end>^```$)", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"^<!-- snippet: .*-->", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_ERRC = re.compile(r"^enum class errc \{$(.*?)^\};$", re.MULTILINE | re.DOTALL)
_CODE_ROW = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
_TAG_LINE = re.compile(r"^\s*// \[/?\w+\]\n", re.MULTILINE)


ERROR_PAGE = "docs/guide/errors.md"
ERROR_HEADER = "include/sluice/core/error.hpp"


class Broken(Exception):
    """A snippet that cannot be found."""


def region(text, tag):
    """The lines between `// [tag]` and `// [/tag]`, without tags of others and common indent."""
    match = re.search(rf"^\s*// \[{tag}\]\n(.*?)^\s*// \[/{tag}\]$", text, re.MULTILINE | re.DOTALL)
    if not match:
        raise Broken(f"no region [{tag}]")
    return textwrap.dedent(_TAG_LINE.sub("", match[1])).strip("\n") + "\n"


def anchors(text):
    """The anchors that a forge makes of a document's headings."""
    headings = re.findall(r"^#+ +(.*)$", _CODE.sub(lambda m: "" if "\n" in m[0] else m[0], text),
                          re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
            for heading in headings}


def check_snippets(text, open_file, say):
    """The text with all snippets renewed; `say(line, text)` takes what differs."""
    def renew(match):
        line = text.count("\n", 0, match.start()) + 1
        try:
            wanted = region(open_file(match["path"]), match["tag"])
        except (OSError, Broken) as failure:
            say(line, f"{match['path']}: {failure}")
            return match[0]
        if wanted != match["code"]:
            say(line, f"differs from {match['path']}#{match['tag']}: ./dev docs --fix")
        return match[1] + wanted + match["end"]

    renewed = _SNIPPET.sub(renew, text)
    if len(_MARK.findall(text)) != len(_SNIPPET.findall(text)):
        say(1, "a snippet mark is not followed by a block of code")
    return renewed


def check_links(path, text, files, open_file, say):
    prose = _CODE.sub(lambda match: "\n" * match[0].count("\n"), text)
    for match in _LINK.finditer(prose):
        target, _, anchor = match["target"].partition("#")
        line = prose.count("\n", 0, match.start()) + 1
        if re.match(r"[a-z]+:", target):
            continue
        place = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
        if place not in files and not any(file.startswith(place + "/") for file in files):
            say(line, f"{match['target']} leads nowhere")
        elif anchor and place.endswith(".md") and anchor not in anchors(open_file(place)):
            say(line, f"{match['target']}: no such heading")


def check_error_table(page, header, say):
    """The page's tables have each enumerator of `errc` once, in the header's order."""
    declared = re.findall(r"^  (\w+)(?: = 1)?,", _ERRC.search(header)[1], re.MULTILINE)
    described = [(match[1], page.count("\n", 0, match.start()) + 1)
                 for match in _CODE_ROW.finditer(page)]
    for name, line in described:
        if name not in declared:
            say(line, f"{name} is no error code")
    names = [name for name, _ in described if name in declared]
    for name in declared:
        if names.count(name) != 1:
            say(1, f"{name} is described {names.count(name)} times")
    if sorted(names) == sorted(declared) and names != declared:
        say(1, "codes are in another order than in the header")


def self_test():
    """True when the checks find what they have to in a made-up repository."""
    files = {
        "docs/a.md": "# A `b`-c, d\n[ok](b.md#here) [self](#a-b-c-d) `[no](link)` [x](http://x)\n"
                     "[bad](gone.md) [worse](b.md#there)\n"
                     "<!-- snippet: e.cpp#main -->\n```cpp\nint x;\n```\n",
        "docs/b.md": "## Here\n<!-- snippet: e.cpp#main -->\n```cpp\nint main() {\n  go();\n}\n```\n"
                     "<!-- snippet: e.cpp#none -->\n```cpp\n```\n<!-- snippet: e.cpp#main -->\n",
        "e.cpp": "  // [main]\n  int main() {\n  // [inner]\n    go();\n  // [/inner]\n  }\n"
                 "  // [/main]\n",
    }
    found = []
    for path in ("docs/a.md", "docs/b.md"):
        def say(line, text, path=path):
            found.append((path, line, text.split(":")[0].split(" ")[0]))
        renewed = check_snippets(files[path], files.__getitem__, say)
        check_links(path, files[path], files, files.__getitem__, say)
        if path == "docs/a.md" and "  go();" not in renewed:
            return False
    expected = [("docs/a.md", 4, "differs"), ("docs/a.md", 3, "gone.md"),
                ("docs/a.md", 3, "b.md#there"), ("docs/b.md", 8, "e.cpp"), ("docs/b.md", 1, "a")]
    check_error_table("| code |\n| `a` |\n| `c` |\n| `c` |\n| `x` |\n",
                      "enum class errc {\n  // Some.\n  a = 1,  ///< A.\n  b,\n  c,\n};\n",
                      lambda line, text: found.append(("errors", line, text.split(" ")[0])))
    expected += [("errors", 5, "x"), ("errors", 1, "b"), ("errors", 1, "c")]
    if found != expected:
        print(f"docs: expected {expected}, found {found}")
    return found == expected


def main(arguments):
    files = files_of_repository()
    documents = sorted(path for path in files if path.endswith(".md"))
    findings = 0
    for path in documents:
        def say(line, text, path=path):
            nonlocal findings
            findings += 1
            print(f"{path}:{line}: {text}")
        text = read(path)
        renewed = check_snippets(text, read, say)
        check_links(path, text, files, read, say)
        if path == ERROR_PAGE:
            check_error_table(text, read(ERROR_HEADER), say)
        if "--fix" in arguments and renewed != text:
            with open(os.path.join(ROOT, path), "w", encoding="utf-8") as file:
                file.write(renewed)
    print(f"docs: {len(documents)} documents, {findings} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
