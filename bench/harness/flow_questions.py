"""What pipelines cost."""
import statistics

from harness.group_questions import renew_group
from harness.questions import PAYLOAD, STREAM, Answer, fill_stream, ratio


def stages(bench):
    messages = int(3_000_000 * bench.scale)
    kinds = {"none": 1, "ten plain ones": 10, "two coroutines": 2}
    results = bench.in_turn({name: ("flow", "stages", messages, number)
                             for name, number in kinds.items()}, lambda: None)

    def cost(name):
        return statistics.median(
            1e9 * (one["cpu_seconds"] - none["cpu_seconds"]) / one["messages"] / kinds[name]
            for one, none in zip(results[name], results["none"]))
    plain, coroutine = cost("ten plain ones"), cost("two coroutines")
    return results, [
        Answer("a plain stage, an element", f"{plain:.1f} ns", "< 100 ns", plain < 100),
        Answer("a stage of a coroutine that never waits, an element", f"{coroutine:.0f} ns",
               "< 100 ns", coroutine < 100),
    ]


def flow(bench):
    messages = int(500_000 * bench.scale)
    fill_stream(bench.server, messages)
    results = bench.in_turn({"loop over a group": ("worker", "loop", messages),
                             "pipeline over a group": ("flow", "group", messages),
                             "loop over a stream": ("flow", "consumer", messages),
                             "pipeline over a stream": ("flow", "stream", messages)},
                            lambda: renew_group(bench))
    answers = []
    for what in "group", "stream":
        to_loop = ratio(results, f"pipeline over a {what}", f"loop over a {what}")
        answers.append(Answer(f"a pipeline over a {what}, entries/s, to a loop", f"{to_loop:.2f}",
                              ">= 0.8", to_loop >= 0.8))
    return results, answers


def flow_list(bench):
    messages = int(200_000 * bench.scale) // 100 * 100
    fill = ("for i = 1, ARGV[1] / 100 do local all = {} "
            "for j = 1, 100 do all[j] = string.format('%08d', i * 100 + j) .. ARGV[2] end "
            "redis.call('RPUSH', KEYS[1], unpack(all)) end")

    def refill():
        bench.server.call("DEL", STREAM, f"{STREAM}:mine")
        bench.server.call("EVAL", fill, 1, STREAM, messages, PAYLOAD[8:])

    ways = {"popped": 1, "kept": 2}
    results = bench.in_turn(
        {f"{who} {way}": ("flow", program, messages, number)
         for way, number in ways.items()
         for who, program in (("loop", "list_loop"), ("pipeline", "list"))}, refill)
    answers = []
    for way in ways:
        to_loop = ratio(results, f"pipeline {way}", f"loop {way}")
        answers.append(Answer(f"a pipeline over a list ({way}), elements/s, to a loop",
                              f"{to_loop:.2f}", ">= 0.8", to_loop >= 0.8))
    return results, answers


QUESTIONS = {"stages": stages, "flow": flow, "flow_list": flow_list}
