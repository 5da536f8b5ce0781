"""What mailboxes cost."""
from harness.questions import PAYLOAD, Answer, ratio, rates

CHANNEL = "sluice:box:messages:channel#bench"


def write(bench):
    results = bench.in_turn(
        {"null": ("mailbox", "write_null", int(200_000 * bench.scale)),
         "sluice": ("mailbox", "write_sluice", int(200_000 * bench.scale))},
        lambda: bench.server.call("FLUSHALL"))
    rate = rates(results)["sluice"]
    return results, [
        Answer("messages/s that 1,024 coroutines write", f"{rate:,.0f}", ">= 50,000",
               rate >= 50_000),
        Answer("the same, to a bare script", f"{ratio(results, 'sluice', 'null'):.2f}"),
    ]


def read(bench):
    messages = int(200_000 * bench.scale)

    def prepare():
        fill = ("for i = 1, ARGV[1] do redis.call('XADD', KEYS[1], string.format('%.0f-0', i), "
                "'ts', '1795229168221000', 'src', '\"writer\"', 'data', ARGV[2]) end")
        bench.server.call("FLUSHALL")
        bench.server.call("EVAL", fill, 1, CHANNEL, messages, f'"{PAYLOAD}"')

    results = bench.in_turn({"null": ("mailbox", "read_null", messages),
                             "sluice": ("mailbox", "read_sluice", messages)}, prepare)
    return results, [Answer("messages/s that a mailbox reads, to bare commands",
                            f"{ratio(results, 'sluice', 'null'):.2f}")]


def wake(bench):
    messages = int(5_000 * bench.scale)
    results = bench.in_turn({f"{channels:,}": ("mailbox", "wake", messages, channels)
                             for channels in (1, 1_000)},
                            lambda: bench.server.call("FLUSHALL"))
    to_one = ratio(results, "1,000", "1")
    return results, [Answer("messages/s, one at a time, of 1,000 channels, to one",
                            f"{to_one:.2f}", ">= 0.8", to_one >= 0.8)]


QUESTIONS = {"mailbox_write": write, "mailbox_read": read, "mailbox_wake": wake}
