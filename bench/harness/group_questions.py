"""What it costs that groups survive their members, and that messages are settled once."""
import json
import random
import statistics
import time

from harness.questions import (GROUP, PAYLOAD, STREAM, Answer, cpu, fill_stream, ratio,
                               reset_group)

TOPIC_STREAM = "telstar:stream:bench"

FENCE = """The server is the bound, at all of its core, and with leases each XACK has four commands
beside it, which watch whether the member is robbed, as XACK does not ask whose an entry is. They
take about 2 us for a batch. Tried: a script, which takes 14 us for 100 entries, as Lua makes a text
of each id and frees it again. It would take an XACK that names its consumer."""

ONE_BY_ONE = """A settle is a script of six commands, of which XACK is one, and the next message
waits for its answer: messages are worked on one at a time. Tried: the settle also looks at the
message that comes next, which saved half of the round trips. It would take handlers that run before
the messages ahead of them are settled, so that a crash repeats more than one."""


def renew_group(bench):
    bench.server.call("XGROUP", "DESTROY", STREAM, GROUP)
    reset_group(bench.server)


def leases(bench):
    """So many that it beats, sweeps and looks after leases while it drains."""
    messages = int(1_000_000 * bench.scale)
    fill_stream(bench.server, messages)
    results = bench.in_turn({"plain": ("drain", "sluice", messages),
                             "leased": ("leases", "sluice", messages)},
                            lambda: renew_group(bench))
    to_plain, used = ratio(results, "leased", "plain"), cpu(results)
    return results, [
        Answer("drain with heartbeats and leases, entries/s, to without", f"{to_plain:.2f}",
               ">= 0.95", to_plain >= 0.95, FENCE),
        Answer("client CPU an entry with them, to without",
               f"{used['leased'] / used['plain']:.2f}"),
    ]


def fill_topic(server, messages):
    fill = ("for i = 1, ARGV[1] do redis.call('XADD', KEYS[1], '*', 'message_id', "
            "string.format('00000000-0000-4000-8000-%012x', i), 'data', ARGV[2]) end")
    server.call("FLUSHALL")
    server.call("EVAL", fill, 1, TOPIC_STREAM, messages, f'"{PAYLOAD}"')


def exactly_once(bench):
    messages = int(20_000 * bench.scale)
    results = bench.rounds_of("exactly_once", ["ack", "topic"], messages,
                              lambda: fill_topic(bench.server, messages))
    to_ack = ratio(results, "topic", "ack")
    return results, [Answer("messages settled one by one, /s, to entries with ack()",
                            f"{to_ack:.2f}", ">= 0.5", to_ack >= 0.5, ONE_BY_ONE)]


def recover(bench, messages, beat):
    """Seconds from the death of a member to the last of its entries handled by another."""
    fill_stream(bench.server, messages)
    reset_group(bench.server)
    victim = bench.start("recovery", "victim", messages)
    heir = None
    try:
        victim.stdout.readline()
        heir = bench.start("recovery", "heir", messages)
        # Until it has heard the other's beats; then at any moment between two of them.
        time.sleep(3 * beat + random.uniform(0, beat))
        died = time.monotonic_ns()
        victim.kill()
        done = json.loads(heir.stdout.readline())["done_ns"]
        return (done - died) / 1e9
    finally:
        for process in filter(None, (victim, heir)):
            process.kill()
            process.wait()
            process.stdout.close()


def recovery(bench):
    claim_timeout = 2.0  # as in recovery/membership.hpp, with ten beats in it
    messages = int(1000 * bench.scale)
    times = [recover(bench, messages, claim_timeout / 10) for _ in range(bench.rounds)]
    middle = statistics.median(times) / claim_timeout
    return {}, [
        Answer(f"from SIGKILL to all {messages:,} entries handled, to claim_timeout",
               f"{middle:.2f}", "<= 1.1", middle <= 1.1),
        Answer("the longest of them", f"{max(times) / claim_timeout:.2f}"),
    ]


PAGE = 1000
HOLD = ("for _ = 1, ARGV[3] do redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', "
        "ARGV[4], 'STREAMS', KEYS[1], '>') end")
# Their idle times begin anew, as if their member had renewed their leases.
RENEW = ("local claim = {'XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0} "
         "for i = ARGV[3], ARGV[3] + ARGV[4] - 1 do "
         "claim[#claim + 1] = string.format('%.0f-0', 1700000000000 + i) end "
         "claim[#claim + 1] = 'JUSTID' redis.call(unpack(claim))")
HOLDER = "holder"


def spent_sweeping(server, beats, seconds=10):
    """Milliseconds a second that the server spends on what sweeps send. What a script calls counts
    twice, so that it is at most that."""
    before = server.spent()
    for _ in range(seconds):
        if beats:
            server.call("PUBLISH", GROUP, HOLDER)
        time.sleep(1)
    after = server.spent()
    usec = sum(after[each][1] - before.get(each, (0, 0))[1]
               for each in ("evalsha", "xpending", "xinfo|consumers") if each in after)
    if usec == 0:
        raise SystemExit("bench: nobody sweeps")
    return usec / 1e3 / seconds


def sweeper(bench):
    """First the holder does not beat, so that all there is to judge it by are idle times, which
    have to be looked at but never reach the limit; then it beats."""
    claim_timeout = 30
    pages = int(1000 * bench.scale)
    fill_stream(bench.server, pages * PAGE)
    reset_group(bench.server)
    bench.server.call("EVAL", HOLD, 1, STREAM, GROUP, HOLDER, pages, PAGE)
    observer = bench.start("sweeper", "observer", claim_timeout)
    try:
        # It believes nobody's idle time before it has known them for so long.
        time.sleep(claim_timeout - 5)
        for page in range(pages):
            bench.server.call("EVAL", RENEW, 1, STREAM, GROUP, HOLDER, page * PAGE, PAGE)
        time.sleep(8)
        silent = spent_sweeping(bench.server, beats=False)
        bench.server.call("PUBLISH", GROUP, HOLDER)
        living = spent_sweeping(bench.server, beats=True)
    finally:
        observer.kill()
        observer.wait()
        observer.stdout.close()
    return {}, [Answer(f"sweeping beside {pages * PAGE:,} entries of {whom}", f"{figure:.3f} ms/s",
                       "< 1 ms/s of the server", figure < 1)
                for whom, figure in (("a living member", living), ("one that beats not", silent))]


def overhead(results, of):
    """Nanoseconds of the client's processor a message, beyond the loop's in the same round."""
    return statistics.median(1e9 * (one["cpu_seconds"] - loop["cpu_seconds"]) / one["messages"]
                             for one, loop in zip(results[of], results["loop"]))


def worker(bench):
    messages = int(500_000 * bench.scale)
    fill_stream(bench.server, messages)
    runs = {"loop": ("worker", "loop", messages), "worker of 1": ("worker", "sluice", messages, 1),
            "worker of 64": ("worker", "sluice", messages, 64)}
    results = bench.in_turn(runs, lambda: renew_group(bench))
    return results, [Answer(f"client CPU a message of a {each}, beyond a loop's",
                            f"{overhead(results, each):.0f} ns") for each in list(runs)[1:]]


QUESTIONS = {"leases": leases, "exactly_once": exactly_once, "recovery": recovery,
             "sweeper": sweeper, "worker": worker}
