"""A floor includes only the floors below it, public headers only public ones."""

from config import FLOORS, IMPURE, PURE

NAME = "floor"


def floor_of(path):
    """The floor that a file of the library belongs to, else None."""
    parts = path.split("/")
    if parts[0] == "lib" and len(parts) > 2:
        return parts[1]
    if parts[:2] == ["include", "sluice"] and len(parts) > 3:
        return parts[2]
    return None


def _included_floor(included):
    parts = included.split("/")
    if parts[0] == "sluice":
        return parts[1] if len(parts) > 2 else "front"
    return parts[0] if len(parts) > 1 and parts[0] in FLOORS else None


def check(source, report):
    path = source.path
    public = path.startswith("include/")
    user = path.startswith("docs/examples/")
    floor = floor_of(path)
    for line, included in source.includes:
        target = _included_floor(included)
        private = target is not None and not included.startswith("sluice/")
        if (public or user) and private:
            report(NAME, line, f"{included} is private to lib/")
        if floor is None or target is None:
            continue
        if floor not in FLOORS:
            report(NAME, line, f"{floor} is no floor of test/lint/config.py")
        elif target == "front":
            if floor != "cli":
                report(NAME, line, "only users include sluice/sluice.hpp: name the header")
        elif floor == "cli" and private and target != "cli":
            report(NAME, line, "the tool is a user: public headers only")
        elif target not in FLOORS[floor]:
            report(NAME, line, f"{floor} must not include {target}")
    if _pure(_inner(path)) and _inner(path) not in IMPURE:
        for line, included in source.includes:
            if included.startswith("boost/asio"):
                report(NAME, line, "a pure part includes no Asio")
            elif _included_floor(included) and not _pure(included.removeprefix("sluice/")):
                report(NAME, line, f"a pure part includes only such: {included} is none")


def _inner(path):
    """The path below the folder of the floors."""
    return path.removeprefix("lib/").removeprefix("include/sluice/")


def _pure(inner):
    return inner.startswith(tuple(PURE))
