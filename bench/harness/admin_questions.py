"""What it costs to look after ten thousand streams: time, and the server's processor."""
import os
import statistics
import subprocess
import time

from harness.questions import Answer

# Of each tenth group a consumer has something in hand, and something is left to get.
FILL = ("for i = 1, ARGV[1] do local key = 'bench:' .. i "
        "for j = 1, 5 do redis.call('XADD', key, j .. '-0', 'payload', ARGV[2]) end "
        "redis.call('XGROUP', 'CREATE', key, 'g', i % 10 == 0 and '0' or '$') "
        "redis.call('XREADGROUP', 'GROUP', 'g', 'one', 'COUNT', 3, 'STREAMS', key, '>') end")


def fill(bench):
    streams = int(10_000 * bench.scale)
    bench.server.call("FLUSHALL")
    bench.server.call("EVAL", FILL, 0, streams, "x" * 64)
    return streams


def start_tool(bench, *words):
    url = ("unix://" if bench.server.address.startswith("/") else "redis://") + bench.server.address
    return subprocess.Popen([os.path.join(bench.build, "sluice"), *words], stdout=subprocess.DEVNULL,
                            env=dict(os.environ, REDIS_URL=url))


class Spent:
    """Seconds, the server's processor seconds and its commands, from its making on."""

    def __init__(self, server):
        self.server = server
        self.began = self.now()

    def now(self):
        used = self.server.info("cpu")
        calls = sum(calls for calls, _ in self.server.spent().values())
        return (time.monotonic(), float(used["used_cpu_user"]) + float(used["used_cpu_sys"]), calls)

    def end(self):
        return [after - before for before, after in zip(self.began, self.now())]


def run(bench, *words):
    spent = Spent(bench.server)
    tool = start_tool(bench, *words)
    if tool.wait() not in (0, 4):
        raise SystemExit(f"bench: sluice {words[0]} failed")
    return spent.end()


def medians(rounds):
    return [statistics.median(each) for each in zip(*rounds)]


def doctor(bench):
    streams = fill(bench)
    answers = []
    for words in (("streams",), ("lag",), ("doctor", "--watch", "0")):
        seconds, busy, calls = medians([run(bench, *words) for _ in range(bench.rounds)])
        is_doctor = words[0] == "doctor"
        answers.append(Answer(f"sluice {words[0]} of {streams:,} streams", f"{seconds:.2f} s",
                              "< 5 s" if is_doctor else None,
                              seconds < 5 if is_doctor else None))
        answers.append(Answer(f"  the server's processor, for {calls:,.0f} commands",
                              f"{busy:.2f} s"))
    return {}, answers


def watch(bench, seconds, *words):
    """The server's load by one `sluice top`, once it has seen everything, beyond that without it."""
    idle = Spent(bench.server)
    time.sleep(seconds)
    idle = idle.end()
    tool = start_tool(bench, *words)
    try:
        time.sleep(8)
        spent = Spent(bench.server)
        time.sleep(seconds)
        spent = spent.end()
    finally:
        tool.terminate()
        tool.wait()
    return spent[1] / spent[0] - idle[1] / idle[0], spent[2] / spent[0]


def top(bench):
    streams = fill(bench)
    rounds = [watch(bench, 32, "top", "--json") for _ in range(max(1, bench.rounds // 2))]
    load, calls = medians(rounds)
    return {}, [Answer(f"the server's load by sluice top of {streams:,} streams", f"{load:.2%}",
                       "< 1 %", load < 0.01),
                Answer("  commands a second", f"{calls:,.0f}")]


QUESTIONS = {"doctor": doctor, "top": top}
