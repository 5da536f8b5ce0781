#include "support/pipeline_scene.hpp"

#include <sluice/flow/buffer.hpp>
#include <sluice/flow/map.hpp>
#include <sluice/flow/on_error.hpp>
#include <sluice/flow/partition.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace flow = sluice::flow;
using scene::run;
using namespace std::chrono_literals;
using scene::pause;

TEST_CASE("what goes in at the source goes through all stages to the sink, in order") {
  std::vector<std::string> seen;
  run(flow::from(std::vector{1, 2, 3, 4}) | flow::filter([](int n) { return n % 2 == 0; }) |
      flow::map([](int n) { return std::to_string(n); }) |
      flow::sink([&](std::string text) { seen.push_back(std::move(text)); }));
  CHECK(seen == std::vector<std::string>{"2", "4"});
}

TEST_CASE("a coroutine stage works on several at once and keeps their order") {
  std::vector<int> seen;
  int at_once = 0;
  int most = 0;
  const auto slow = [&](int n) -> asio::awaitable<int> {
    most = std::max(most, ++at_once);
    co_await pause(std::chrono::milliseconds(10 - n));
    --at_once;
    co_return 10 * n;
  };
  run(flow::from(std::views::iota(0, 9)) | flow::map(slow).concurrency(3) |
      flow::sink([&](int n) { seen.push_back(n); }));
  CHECK(seen == std::vector{0, 10, 20, 30, 40, 50, 60, 70, 80});
  CHECK(most == 3);
}

TEST_CASE("without order those that are done first go on first") {
  std::vector<int> seen;
  const auto slow = [](int n) -> asio::awaitable<int> {
    co_await pause(n == 0 ? 60ms : 1ms);
    co_return n;
  };
  run(flow::from(std::views::iota(0, 9)) | flow::map(slow).concurrency(2).unordered() |
      flow::sink([&](int n) { seen.push_back(n); }));
  CHECK(seen == std::vector{1, 2, 3, 4, 5, 6, 7, 8, 0});
}

TEST_CASE("elements need not be copyable") {
  int sum = 0;
  run(flow::from(std::views::iota(1, 4)) |
      flow::map([](int n) { return std::make_unique<int>(n); }) |
      flow::map(
          [](std::unique_ptr<int> n) -> asio::awaitable<std::unique_ptr<int>> { co_return n; }) |
      flow::sink([&](std::unique_ptr<int> n) { sum += *n; }));
  CHECK(sum == 6);
}

TEST_CASE("each part of what flat_map gives goes on") {
  std::vector<int> seen;
  run(flow::from(std::vector{1, 3}) |
      flow::flat_map([](int n) { return std::vector<int>(static_cast<std::size_t>(n), n); }) |
      flow::sink([&](int n) { seen.push_back(n); }));
  CHECK(seen == std::vector{1, 3, 3, 3});
}

TEST_CASE("what a view shows is copied, not moved out of what it is a view of") {
  std::vector<std::string> owned{"a long text that a move would take away", "another one"};
  std::vector<std::string> seen;
  run(flow::from(std::views::all(owned)) |
      flow::flat_map([&](const std::string&) { return std::views::all(owned); }) |
      flow::sink([&](std::string text) { seen.push_back(std::move(text)); }));
  CHECK(seen.size() == 4);
  CHECK(seen.back() == "another one");
  CHECK(owned.front() == "a long text that a move would take away");
}

TEST_CASE("an element whose parts throw while they are made fails in its stage") {
  const auto parts = [](int n) {
    return std::views::iota(0, 3) | std::views::transform([n](int part) {
             if (n == 1 && part == 1) throw std::runtime_error("part of one");
             return 10 * n + part;
           });
  };
  const auto later = [&](int n) -> asio::awaitable<decltype(parts(n))> { co_return parts(n); };
  for (const bool coroutine : {false, true}) {
    std::vector<int> seen;
    std::string failed_in;
    auto made = coroutine ? flow::from(std::vector{0, 1, 2}) | flow::flat_map(later) |
                                flow::on_error(sluice::verdict::ack()) | flow::into(seen)
                          : flow::from(std::vector{0, 1, 2}) | flow::flat_map(parts) |
                                flow::on_error(sluice::verdict::ack()) | flow::into(seen);
    made.on_failed([&](std::string_view stage, const std::exception_ptr&) { failed_in = stage; });
    run(std::move(made));
    CHECK(seen == std::vector{0, 1, 2, 10, 20, 21, 22});
    CHECK(failed_in == "2 flat_map");
  }
}

TEST_CASE("what a range gave before it threw goes on to the end, also where it is gathered") {
  std::vector<std::vector<int>> seen;
  const auto up_to_five = [](int n) {
    if (n == 5) throw std::runtime_error("five");
    return n;
  };
  const auto same = [](int n) -> asio::awaitable<int> { co_return n; };
  const auto numbers = std::views::iota(0, 10) | std::views::transform(up_to_five);
  CHECK_THROWS_WITH(run(flow::from(numbers) | flow::partition(100) | flow::into(seen)), "five");
  CHECK_THROWS_WITH(run(flow::from(numbers) | flow::map(same) | flow::buffer(100) |
                        flow::partition(100) | flow::into(seen)),
                    "five");
  CHECK(seen == std::vector<std::vector<int>>(2, {0, 1, 2, 3, 4}));
}

TEST_CASE("what a range gave goes on, also where the step behind it throws") {
  std::vector<int> seen;
  const auto up_to_five = [](int n) {
    if (n == 5) throw std::runtime_error("five");
    return true;
  };
  CHECK_THROWS_WITH(
      run(flow::from(std::views::iota(0, 10) | std::views::filter(up_to_five)) | flow::into(seen)),
      "five");
  CHECK(seen == std::vector{0, 1, 2, 3, 4});
}

// How far a source of numbers is ahead of the work on them.
struct race {
  int count;
  int given = 0;
  int done = 0;
  int ahead = 0;        // the most, or since it was set to 0
  int handed_over = 0;  // how often the source went on after some work
  bool worked = false;

  std::optional<int> give() {
    if (given == count) return std::nullopt;
    if (std::exchange(worked, false)) ++handed_over;
    ahead = std::max(ahead, given - done);
    return given++;
  }
  void work() {
    worked = true;
    ++done;
  }
};

TEST_CASE("a slow sink stops the source") {
  race both{50};
  const auto write = [&](int) -> asio::awaitable<void> {
    co_await pause(1ms);
    both.work();
  };
  run(flow::from([&] { return both.give(); }) | flow::sink(write));
  CHECK(both.done == 50);
  CHECK(both.ahead <= 4);
}

TEST_CASE("a coroutine that never waits is handed many elements at a time") {
  race both{2'000};
  const auto write = [&](int) -> asio::awaitable<void> {
    both.work();
    co_return;
  };
  run(flow::from([&] { return both.give(); }) | flow::sink(write));
  CHECK(both.done == 2'000);
  CHECK(both.handed_over < 200);
  CHECK(both.ahead < 40);
}

TEST_CASE("a coroutine that begins to wait stops the source as one does that always has") {
  race both{1'050};
  const auto write = [&](int n) -> asio::awaitable<void> {
    if (n >= 1'000) co_await pause(1ms);
    if (n == 1'010) both.ahead = 0;
    both.work();
  };
  run(flow::from([&] { return both.give(); }) | flow::sink(write));
  CHECK(both.done == 1'050);
  CHECK(both.ahead <= 4);
}

TEST_CASE("an element that fails where nobody can give it back ends the run with its error") {
  asio::io_context io;
  std::string failed_in;
  auto made = flow::from(std::vector{1, 2, 3}) | flow::map([](int n) {
                if (n == 2) throw std::runtime_error("two is bad");
                return n;
              }) |
              flow::sink([](int) {});
  made.on_failed([&](std::string_view stage, const std::exception_ptr&) { failed_in = stage; });
  CHECK_THROWS_WITH(scene::play(io, [&]() -> asio::awaitable<void> { co_await made.run(); }),
                    "two is bad");
  CHECK(failed_in == "2 map");
}

}  // namespace
