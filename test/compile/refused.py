"""What must not compile, and with which words: refused.py <compiler> <include folder>."""
import subprocess
import sys
import unittest

COMPILER, INCLUDES = sys.argv[1], sys.argv[2]

FRAME = """#include <sluice/flow.hpp>
#include <memory>
#include <string>
#include <vector>
namespace flow = sluice::flow;
inline auto numbers() {{ return flow::from(std::vector{{1, 2}}); }}
inline auto print() {{ return flow::sink([](const std::string&) {{}}); }}
inline auto text() {{ return flow::map([](int n) {{ return std::to_string(n); }}); }}
inline void pipe() {{ {} }}
"""


class Refused(unittest.TestCase):
    def compile(self, line):
        return subprocess.run([COMPILER, "-std=c++20", "-fsyntax-only", "-I", INCLUDES, "-x", "c++",
                               "-"], input=FRAME.format(line), capture_output=True, text=True,
                              check=False)

    def refuses(self, line, words):
        done = self.compile(line)
        self.assertNotEqual(done.returncode, 0, line)
        first = next(each for each in done.stderr.splitlines() if "error:" in each)
        self.assertIn(words, first)

    def test_what_fits_compiles(self):
        self.assertEqual(self.compile("auto p = numbers() | text() | print();").stderr, "")

    def test_a_function_that_does_not_take_what_comes_is_refused_with_the_name_of_its_stage(self):
        for line, words in (
                ("auto p = numbers() | text() | text() | print();", "flow::map"),
                ("auto p = numbers() | flow::filter([](std::string) { return true; }) | print();",
                 "flow::filter"),
                ("auto p = numbers() | flow::flat_map([](int n) { return n; }) | print();",
                 "flow::flat_map"),
                ("auto p = numbers() | flow::scan(0, [](int, std::string) { return 0; }) | print();",
                 "flow::scan"),
                ("auto p = numbers() | flow::unique(9, [](std::string s) { return s; }) | print();",
                 "flow::unique")):
            self.refuses(line, words)

    def test_a_sink_that_does_not_take_what_comes_is_refused(self):
        for line, words in (
                ("auto p = numbers() | print();", "flow::sink"),
                ("sluice::client* redis = nullptr;"
                 "auto p = numbers() | flow::to_stream_once(*redis, \"s\");",
                 "flow::to_stream_once"),
                ("auto p = numbers() | flow::map([](int n) { return std::make_unique<int>(n); }) |"
                 " flow::branch(flow::sink([](auto&&) {}), flow::sink([](auto&&) {}));",
                 "flow::branch")):
            self.refuses(line, words)

    def test_sources_of_different_types_are_not_merged(self):
        self.refuses("auto p = flow::merge(numbers(), numbers() | text()) | print();",
                     "flow::merge")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
