#include "support/pipeline_scene.hpp"

#include <sluice/flow/buffer.hpp>
#include <sluice/flow/map.hpp>
#include <sluice/flow/partition.hpp>
#include <sluice/flow/scan.hpp>
#include <sluice/flow/unique.hpp>

#include <limits>
#include <optional>
#include <ranges>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace flow = sluice::flow;
using flow::into;
using scene::numbers;
using scene::run;
using namespace std::chrono_literals;
using batches = std::vector<std::vector<int>>;

TEST_CASE("a batch leaves when it is complete, and the last one when the source ends") {
  batches seen;
  run(numbers(7) | flow::partition(3) | into(seen));
  CHECK(seen == batches{{0, 1, 2}, {3, 4, 5}, {6}});
}

TEST_CASE("a batch may be as large as a number can say") {
  batches seen;
  run(numbers(3) | flow::partition(std::numeric_limits<std::size_t>::max()) | into(seen));
  CHECK(seen == batches{{0, 1, 2}});
}

TEST_CASE("a batch that is not complete leaves when its patience is over") {
  batches seen;
  bool asked_again = false;
  const auto source = [&, n = 0]() mutable -> asio::awaitable<std::optional<int>> {
    if (n == 2) {
      while (seen.empty()) co_await scene::pause(1ms);
      asked_again = true;
      ++n;
      co_return std::nullopt;
    }
    co_return n++;
  };
  run(flow::from(source) | flow::partition(1000, 5ms) | into(seen));
  CHECK(seen == batches{{0, 1}});
  CHECK(asked_again);
}

TEST_CASE("a sliding window has the last elements, once there are so many") {
  batches seen;
  run(numbers(5) | flow::sliding_window(3) | into(seen));
  CHECK(seen == batches{{0, 1, 2}, {1, 2, 3}, {2, 3, 4}});
}

TEST_CASE("scan passes on its state with each element") {
  std::vector<int> seen;
  run(numbers(5) | flow::scan(10, [](int sum, int n) { return sum + n; }) | into(seen));
  CHECK(seen == std::vector{10, 11, 13, 16, 20});
}

TEST_CASE("unique lets a key through once, as long as it remembers it") {
  std::vector<std::string> seen;
  run(flow::from(std::vector<std::string>{"a", "b", "a", "c", "b", "a"}) | flow::unique(2) |
      into(seen));
  CHECK(seen == std::vector<std::string>{"a", "b", "c", "b", "a"});
}

TEST_CASE("a buffer lets the source go ahead of what is slower, and no further") {
  int given = 0;
  int ahead = 0;
  std::vector<int> seen;
  const auto source = [&]() -> std::optional<int> {
    ahead = std::max(ahead, given - static_cast<int>(seen.size()));
    if (given == 100) return std::nullopt;
    return given++;
  };
  const auto slow = [](int n) -> asio::awaitable<int> {
    co_await scene::pause(1ms);
    co_return n;
  };
  run(flow::from(source) | flow::buffer(20) | flow::map(slow) | into(seen));
  CHECK(seen.size() == 100);
  CHECK(std::ranges::is_sorted(seen));
  CHECK(ahead >= 20);
  CHECK(ahead <= 24);
}

TEST_CASE("a rate is kept to, evenly") {
  const auto begin = std::chrono::steady_clock::now();
  std::vector<int> seen;
  run(numbers(6) | flow::rate_limit(1, 10ms) | into(seen));
  CHECK(seen.size() == 6);
  CHECK(std::chrono::steady_clock::now() - begin >= 50ms);
}

TEST_CASE("a delayed element goes on after its time, in order") {
  const auto begin = std::chrono::steady_clock::now();
  std::vector<int> seen;
  run(numbers(5) | flow::delay(20ms) | into(seen));
  CHECK(seen == std::vector{0, 1, 2, 3, 4});
  CHECK(std::chrono::steady_clock::now() - begin >= 20ms);
}

TEST_CASE("numbers and times that make no sense are refused where the stage is written") {
  using sluice::errc;
  CHECK(scene::code_of([] { flow::partition(0); }) == errc::invalid_argument);
  CHECK(scene::code_of([] { flow::partition(1, 0s); }) == errc::invalid_argument);
  CHECK(scene::code_of([] { flow::buffer(0); }) == errc::invalid_argument);
  CHECK(scene::code_of([] { flow::rate_limit(0, 1s); }) == errc::invalid_argument);
  CHECK(scene::code_of([] { flow::delay(-1s); }) == errc::invalid_argument);
  CHECK(scene::code_of([] { flow::unique(0); }) == errc::invalid_argument);
}

}  // namespace
