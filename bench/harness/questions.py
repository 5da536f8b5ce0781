"""What is asked, of whom, and what is to be reached. A question prepares the server for each peer,
runs it, and judges the medians of all rounds."""
import json
import os
import statistics
import subprocess
import sys

STREAM, GROUP, PAYLOAD = "bench:stream", "bench", "x" * 64
BENCH = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Answer:
    """One row of the report: a figure, what it is compared with, and whether that is reached.
    `bound` says for one that may be missed what holds it, what was tried and what it would take."""

    def __init__(self, question, figure, target=None, reached=None, bound=None):
        self.question, self.figure, self.target, self.reached = question, figure, target, reached
        self.bound = bound


BATCHES = """The server is the bound, and waits between a batch that was taken and the next command.
Two batches are always asked for, and what is asked for is written while the handler still works on
the one before. More would take batches above 100 entries, which null would have as well."""

SWITCHES = """Much of it is the kernel's: one write, one wait and two reads a batch or window,
waking the server and being woken, which null pays as well and which vary with the machine most.
Tried: draining two batches in step halves the switches, but then the server idles between them."""

MEMBERS = """The server has a list of pending entries for each of the members that now read in turn.
The client's time an entry, above, does not depend on how many wait."""

ROUND_TRIP = """The peer's path wakes two idle processes, server and reader. A doorbell has the reader
ask, which wakes both once more: where waking is all that takes time, the ratio is 2. Tried: arming
and reading leave in one write, and no timer, queue or thread stands between. Reading on a
connection of its own, as the peer does, is there: wake::block."""

SHORT_READS = """The server is the bound, at all of its core: one XREADGROUP and one XACK for two
entries. Tried: acknowledgements of a turn leave as one, the reads of all rung streams in one write.
It would take one XREADGROUP for several streams of a group, whose errors would then be shared."""


class Bench:
    """Where the programs and the server are, and how much is asked."""

    def __init__(self, build, server, rounds, scale):
        self.build, self.server, self.rounds, self.scale = build, server, rounds, scale

    def program(self, question, peer):
        return os.path.join(self.build, "bench", f"bench_{question}_{peer}")

    def peers(self, question, names):
        """Those of the peers that were built; the one in Python says itself when it cannot run."""
        return [each for each in names
                if each == "redis_py" or os.path.exists(self.program(question, each))]

    def start(self, question, peer, messages, *more):
        """The program as a process that goes on by itself; it prints into a pipe."""
        return subprocess.Popen([self.program(question, peer), self.server.address, str(messages),
                                 *map(str, more)], stdout=subprocess.PIPE, text=True)

    def run(self, question, peer, messages, *more):
        """What the program printed: one dictionary a line; None where the peer is not installed."""
        command = [self.program(question, peer)]
        if peer == "redis_py":
            command = [sys.executable, os.path.join(BENCH, question, "redis_py.py")]
        arguments = [self.server.address, str(messages), *map(str, more)]
        done = subprocess.run(command + arguments, capture_output=True, text=True, timeout=300,
                              env=dict(os.environ, PYTHONPATH=BENCH))
        if done.returncode == 77:
            return None
        if done.returncode != 0:
            raise SystemExit(f"bench: {question} {peer} failed: {done.stderr.strip()}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def rounds_of(self, question, names, messages, prepare):
        """All peers in turn, round by round: {peer: [what it printed last in each round]}."""
        return self.in_turn({peer: (question, peer, messages)
                             for peer in self.peers(question, names)}, prepare)

    def in_turn(self, runs, prepare):
        """The same of runs that have names of their own: {name: arguments of `run`}."""
        results = {name: [] for name in runs}
        for _ in range(self.rounds):
            for name, run in runs.items():
                prepare()
                printed = self.run(*run)
                if printed is not None:
                    results[name].append(printed[-1])
        return {name: rounds for name, rounds in results.items() if rounds}


def median(rounds, key):
    return statistics.median(each[key] for each in rounds)


def rates(results):
    return {peer: median([{"rate": r["messages"] / r["seconds"]} for r in rounds], "rate")
            for peer, rounds in results.items()}


def cpu(results):
    """Microseconds of the client's processor a message."""
    return {peer: median([{"cpu": 1e6 * r["cpu_seconds"] / r["messages"]} for r in rounds], "cpu")
            for peer, rounds in results.items()}


def ratio(results, one, other, value=lambda r: r["messages"] / r["seconds"]):
    """The median of the ratios within a round: what disturbs a round disturbs both alike."""
    if one not in results or other not in results:
        return None
    return statistics.median(value(a) / value(b) for a, b in zip(results[one], results[other]))


def reset_group(server):
    server.call("XGROUP", "CREATE", STREAM, GROUP, "0", "MKSTREAM")


def fill_stream(server, messages):
    """With ids of constant size; see drain/drain.hpp."""
    fill = ("for i = 0, ARGV[1] - 1 do redis.call('XADD', KEYS[1], "
            "string.format('%.0f-0', 1700000000000 + i), 'payload', ARGV[2]) end")
    server.call("FLUSHALL")
    server.call("EVAL", fill, 1, STREAM, messages, PAYLOAD)


def drain(bench):
    messages = int(200_000 * bench.scale)
    fill_stream(bench.server, messages)

    def prepare():
        bench.server.call("XGROUP", "DESTROY", STREAM, GROUP)
        reset_group(bench.server)

    results = bench.rounds_of(
        "drain", ["null", "hiredis", "boost_redis", "redis_py", "sluice"], messages, prepare)
    to_null, used = ratio(results, "sluice", "null"), cpu(results)
    others = [used[each] for each in ("hiredis", "boost_redis") if each in used]
    return results, [
        Answer("drain and ack a group, entries/s, to null", f"{to_null:.2f}", ">= 0.95",
               to_null >= 0.95, BATCHES),
        Answer("client CPU an entry", f"{used['sluice']:.2f} us", "<= 0.40 us, least of the clients",
               used["sluice"] <= 0.40 and all(used["sluice"] < each for each in others),
               SWITCHES),
    ]


def add(bench):
    results = bench.rounds_of(
        "add", ["null", "hiredis", "boost_redis", "redis_py", "sluice"],
        int(200_000 * bench.scale), lambda: bench.server.call("FLUSHALL"))
    used = cpu(results)["sluice"]
    to_boost = ratio(results, "sluice", "boost_redis")
    answers = [Answer("client CPU an added entry", f"{used:.2f} us", "<= 0.60 us", used <= 0.6,
                      SWITCHES),
               Answer("128 coroutines adding, entries/s, to null",
                      f"{ratio(results, 'sluice', 'null'):.2f}")]
    if to_boost is not None:
        answers.insert(0, Answer("128 coroutines adding, entries/s, to Boost.Redis",
                                 f"{to_boost:.2f}", ">= 1.3", to_boost >= 1.3))
    return results, answers


def wake_up(bench):
    def prepare():
        bench.server.call("FLUSHALL")
        reset_group(bench.server)

    results = bench.rounds_of("wake_up", ["hiredis", "sluice"], int(1000 * bench.scale), prepare)
    answers = []
    for key, name in (("p50_us", "p50"), ("p99_us", "p99")):
        figure = ratio(results, "sluice", "hiredis", lambda r, key=key: r[key])
        if figure is not None:
            answers.append(Answer(f"idle wake-up, {name}, to a blocking connection of its own",
                                  f"{figure:.2f}", "<= 1.6", figure <= 1.6, ROUND_TRIP))
    return results, answers


def ping(bench):
    results = bench.rounds_of("ping", ["sluice"], int(5000 * bench.scale),
                              lambda: bench.server.call("FLUSHALL"))
    p99 = median(results["sluice"], "p99_us")
    return results, [Answer("PING p99 where 1,000 group consumers wait", f"{p99:.0f} us",
                            "< 1000 us", p99 < 1000)]


def many_streams(bench):
    results = bench.rounds_of("many_streams", ["blocking", "sluice"], int(100_000 * bench.scale),
                              lambda: bench.server.call("FLUSHALL"))
    figure = ratio(results, "sluice", "blocking")
    answers = []
    if figure is not None:
        answers.append(Answer("500 streams, entries/s, to 500 blocking connections",
                              f"{figure:.1f}", ">= 5", figure >= 5, SHORT_READS))
    return results, answers


def waiting(bench):
    messages = int(200_000 * bench.scale)
    results, idle = {"1": [], "10000": []}, []
    for _ in range(bench.rounds):
        for consumers in results:
            bench.server.call("FLUSHALL")
            printed = bench.run("waiting", "sluice", messages, consumers)
            results[consumers].append(printed[-1])
            if consumers == "10000":
                idle.append(printed[0])
    each = median(idle, "bytes_each")
    connections = max(i["connections"] for i in idle) - 1  # this script's own
    to_one = ratio(results, "10000", "1")
    return results, [
        Answer("connections of 10,000 waiting group consumers", str(connections), "1",
               connections == 1),
        Answer("memory of each", f"{each:.0f} bytes", "<= 4096 bytes", each <= 4096),
        Answer("their entries/s, to a single consumer's", f"{to_one:.2f}", ">= 0.9", to_one >= 0.9,
               MEMBERS),
    ]


def kafka_call(bench):
    results = bench.rounds_of("kafka_call", ["sluice"], int(1000 * bench.scale),
                              lambda: bench.server.call("FLUSHALL"))
    if not results:
        return results, []
    figure = median(results["sluice"], "p50_us") / 1000
    return results, [Answer("a call over Kafka, answered over Redis, p50", f"{figure:.2f} ms",
                            "< 5 ms", figure < 5)]


QUESTIONS = {"drain": drain, "add": add, "wake_up": wake_up, "ping": ping,
             "many_streams": many_streams, "waiting": waiting, "kafka_call": kafka_call}
