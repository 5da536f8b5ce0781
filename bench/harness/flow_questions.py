"""What pipelines cost."""
import statistics

from harness.group_questions import renew_group
from harness.questions import Answer, fill_stream, ratio


def stages(bench):
    messages = int(3_000_000 * bench.scale)
    kinds = {"none": 1, "ten plain ones": 10, "two coroutines": 2}
    results = bench.in_turn({name: ("flow", "stages", messages, number)
                             for name, number in kinds.items()}, lambda: None)

    def cost(name):
        return statistics.median(
            1e9 * (one["cpu_seconds"] - none["cpu_seconds"]) / one["messages"] / kinds[name]
            for one, none in zip(results[name], results["none"]))
    plain = cost("ten plain ones")
    return results, [
        Answer("a plain stage, an element", f"{plain:.1f} ns", "< 100 ns", plain < 100),
        Answer("a stage of a coroutine that never waits, an element",
               f"{cost('two coroutines'):.0f} ns"),
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


QUESTIONS = {"stages": stages, "flow": flow}
