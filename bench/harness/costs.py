"""Costs that are counted or timed without comparing rates: instructions, and a user's compile."""
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time

from harness.questions import BENCH, GROUP, STREAM, Answer, fill_stream, reset_group

ROOT = os.path.dirname(BENCH)


def instructions_of(bench, messages):
    fill_stream(bench.server, messages)
    reset_group(bench.server)
    with tempfile.NamedTemporaryFile() as profile:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile.name}",
             bench.program("drain", "sluice"), bench.server.address, str(messages)],
            capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise SystemExit("bench: under callgrind: " + done.stderr.strip())
        return int(re.search(rb"^(?:summary|totals): (\d+)", profile.read(), re.M).group(1))


def instructions(bench):
    """Of two runs that differ only in their entries the difference is that of the entries."""
    if shutil.which("valgrind") is None:
        return {}, []
    few, many = 10_000, 30_000
    each = (instructions_of(bench, many) - instructions_of(bench, few)) / (many - few)
    return {}, [Answer("instructions an entry, reply bytes to acknowledged", f"{each:.0f}")]


def seconds_to_compile(source, rounds):
    times = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "user.cpp")
        with open(path, "w", encoding="ascii") as file:
            file.write(source + "\nint main() {}\n")
        for _ in range(rounds):
            begin = time.monotonic()
            subprocess.run([os.environ.get("CXX", "g++"), "-std=c++20", "-O0", "-c", path, "-o",
                            os.path.join(folder, "user.o"), "-I", os.path.join(ROOT, "include")],
                           check=True)
            times.append(time.monotonic() - begin)
    return statistics.median(times)


def header(bench):
    sluice = seconds_to_compile("#include <sluice/sluice.hpp>", bench.rounds)
    asio = seconds_to_compile("#include <boost/asio/awaitable.hpp>", bench.rounds)
    return {}, [Answer("seconds to compile a user's #include <sluice/sluice.hpp>", f"{sluice:.2f} s",
                       "<= 1.5 s", sluice <= 1.5),
                Answer("the same of <boost/asio/awaitable.hpp> alone", f"{asio:.2f} s")]
