"""What a call of a service costs."""
import statistics

from harness.questions import GROUP, STREAM, Answer

SHARED_CORES = """Three processes share the cores: who calls, who answers, and the server, which executes two
XADD a call and a share of the reads."""


def prepare(bench):
    bench.server.call("FLUSHALL")
    for name in (STREAM, "bench:replies"):
        bench.server.call("XGROUP", "CREATE", name, GROUP, "$", "MKSTREAM")


def calls_of(bench, calls, in_flight):
    """What a caller prints: what all of it took, and how long the calls."""
    service = bench.start("call", "service", calls, in_flight)
    try:
        service.stdout.readline()
        return bench.run("call", "caller", calls, in_flight)
    finally:
        service.kill()
        service.wait()
        service.stdout.close()


def call(bench):
    one, many = int(5_000 * bench.scale), int(100_000 * bench.scale)
    ratios, rates, cpu = [], [], []
    for _ in range(bench.rounds):
        prepare(bench)
        bare = bench.run("call", "bare", one)[-1]["p50_us"]
        ratios.append(calls_of(bench, one, 1)[-1]["p50_us"] / bare)
        took = calls_of(bench, many, 256)[0]
        rates.append(took["messages"] / took["seconds"])
        cpu.append(1e6 * took["cpu_seconds"] / took["messages"])
    slower, rate = statistics.median(ratios), statistics.median(rates)
    return {}, [
        Answer("a call, p50, to its four commands by blocking sockets", f"{slower:.2f}", "<= 3",
               slower <= 3),
        Answer("calls/s with 256 in flight", f"{rate:,.0f}", ">= 50,000", rate >= 50_000,
               SHARED_CORES),
        Answer("client CPU a call with 256 in flight", f"{statistics.median(cpu):.1f} us"),
    ]


QUESTIONS = {"call": call}
