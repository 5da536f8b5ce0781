"""The library is handed time and randomness, and loses no failure."""

from config import AMBIENT

NAME = "ambient"
_CLOCKS = ("steady_clock", "system_clock", "high_resolution_clock", "utc_clock", "file_clock")
_TIMERS = ("steady_timer", "system_timer", "high_resolution_timer", "deadline_timer")
_SOURCES = ("random_device", "gettimeofday", "clock_gettime", "timespec_get", "getrandom",
            "sleep_for", "sleep_until", "nanosleep", "usleep", "default_random_engine",
            "random_generator")
_CALLS = ("rand", "random", "time", "clock", "sleep")


def check(source, report):
    if not source.path.startswith(("lib/", "include/")):
        return
    words = [token.text for token in source.tokens]
    allowed = source.path.startswith(tuple(AMBIENT))
    for index, token in enumerate(source.tokens):
        if token.kind != "word":
            continue
        behind = words[index + 1:index + 3]
        if token.text == "detached" and words[max(0, index - 2):index] == ["asio", "::"]:
            report(NAME, token.line, "asio::detached swallows failures: handle the exception")
        if allowed:
            continue
        std_call = token.text in _CALLS and behind[:1] == ["("] and \
            words[max(0, index - 2):index] in (["std", "::"], [";", "::"], ["=", "::"])
        if token.text in _CLOCKS and behind == ["::", "now"]:
            report(NAME, token.line, "the library reads no clock: take a sluice::clock")
        elif token.text in _TIMERS:
            report(NAME, token.line, "the library waits by sluice::clock alone")
        elif token.text in _SOURCES or std_call:
            report(NAME, token.line, f"{token.text}: time and randomness are passed in")
