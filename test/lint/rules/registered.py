"""The build lists its files by name: none is forgotten, none is gone, and they are in order."""

import os
import re

NAME = "registered"
_LISTS = [
    # CMake file, opening of the list (with the name of the folder), folder of its files, ending
    ("lib/CMakeLists.txt", r"set\((?P<name>\w+)_headers$", "include/sluice/{name}", ".hpp"),
    ("lib/CMakeLists.txt", r"set\((?P<name>\w+)_sources$", "lib/{name}", ".cpp"),
    ("lib/cli/CMakeLists.txt", r"set\((?P<name>\w+)_sources$", "lib/{name}", ".cpp"),
    ("test/CMakeLists.txt", r"\s*sluice_test_suite\((?P<name>\w+)(?: OWN_OPTIONS)?$", "test/{name}", ".cpp"),
    ("test/CMakeLists.txt", r"\s*target_sources\(sluice_(?P<name>\w+) PRIVATE$", "test", ".cpp"),
]


def check_tree(files, read, report):
    """`files`: all paths of the repository; `read(path)`: the text of one."""
    listed = set()
    for cmake, opening, folder, ending in _LISTS:
        if cmake in files:
            listed |= _check_list(cmake, read(cmake), opening, folder, ending, files, report)
    for path in sorted(files):
        if _must_be_listed(path) and path not in listed:
            report(path, NAME, 1, "is in no list of a CMakeLists.txt")


def _must_be_listed(path):
    return path.startswith("include/sluice/") or path.endswith(".cpp") and \
        path.startswith(("lib/", "test/unit/", "test/integration/", "test/simulation/"))


def _check_list(cmake, text, opening, folder, ending, files, report):
    found, inside, names = set(), None, []
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(opening, line)
        if match:
            name = match["name"]
            inside, names = folder.format(name=name).replace("sluice/front", "sluice"), []
        elif inside and re.match(r"\s*\)", line):
            inside = None
        elif inside and line.strip().endswith(ending):
            name = line.strip()
            # A suite may have files of another folder of test/.
            folder_of_file = "test" if inside.startswith("test/") and "/" in name else inside
            path = os.path.normpath(f"{folder_of_file}/{name}")
            found.add(path)
            if path not in files:
                report(cmake, NAME, number, f"{path} does not exist")
            if names and name < names[-1]:
                report(cmake, NAME, number, f"{name} comes before {names[-1]}")
            names.append(name)
    return found
