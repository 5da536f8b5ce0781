#include "support/pipeline_scene.hpp"

#include <sluice/flow/buffer.hpp>
#include <sluice/flow/map.hpp>
#include <sluice/flow/merge.hpp>
#include <sluice/flow/yielder.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace flow = sluice::flow;
using flow::into;
using scene::numbers;
using scene::pause;
using scene::run;
using namespace std::chrono_literals;

asio::awaitable<void> one_two_three(flow::yielder<int> yield) {
  for (int n = 1; n <= 3; ++n) {
    co_await yield(n);
    co_await pause(1ms);
  }
}

TEST_CASE("what a coroutine yields goes through the pipeline, which ends when it returns") {
  std::vector<int> seen;
  run(flow::from(one_two_three) | flow::map([](int n) { return 10 * n; }) | into(seen));
  CHECK(seen == std::vector{10, 20, 30});
}

TEST_CASE("a coroutine may keep what it needs, and yield what cannot be copied") {
  std::vector<int> seen;
  const auto count =
      [last = 3](flow::yielder<std::unique_ptr<int>> yield) mutable -> asio::awaitable<void> {
    while (last > 0) co_await yield(std::make_unique<int>(last--));
  };
  run(flow::from(count) | flow::map([](std::unique_ptr<int> n) { return *n; }) | into(seen));
  CHECK(seen == std::vector{3, 2, 1});
}

TEST_CASE("a coroutine that yields waits as long as the pipeline has no room") {
  int given = 0;
  int ahead = 0;
  int taken = 0;
  const auto count = [&](flow::yielder<int> yield) -> asio::awaitable<void> {
    for (given = 0; given < 50; ++given) co_await yield(given);
  };
  const auto slow = [&](int) -> asio::awaitable<void> {
    co_await pause(0ms);
    ahead = std::max(ahead, given - ++taken);
  };
  run(flow::from(count) | flow::sink(slow));
  CHECK(taken == 50);
  CHECK(ahead <= 2);
}

TEST_CASE("what a coroutine throws ends the run, after what it has yielded") {
  std::vector<int> seen;
  const auto breaks = [](flow::yielder<int> yield) -> asio::awaitable<void> {
    co_await yield(1);
    throw std::runtime_error("broken");
  };
  CHECK_THROWS_WITH(run(flow::from(breaks) | flow::buffer(10) | into(seen)), "broken");
  CHECK(seen == std::vector{1});
}

TEST_CASE("a coroutine may stop its own pipeline") {
  asio::io_context io;
  std::vector<int> seen;
  flow::pipeline* mine = nullptr;
  const auto stops = [&](flow::yielder<int> yield) -> asio::awaitable<void> {
    co_await yield(1);
    mine->stop();
  };
  auto made = flow::from(stops) | into(seen);
  mine = &made;
  scene::play(io, [&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(seen == std::vector{1});
}

TEST_CASE("a coroutine that yields is cancelled when its pipeline is stopped") {
  asio::io_context io;
  std::vector<int> seen;
  bool left = false;
  const auto waits = [&](flow::yielder<int> yield) -> asio::awaitable<void> {
    const auto tell = std::shared_ptr<void>(nullptr, [&](void*) { left = true; });
    co_await yield(1);
    co_await pause(1h);
  };
  auto made = flow::from(waits) | into(seen);
  scene::beside(io, [&]() -> asio::awaitable<void> {
    while (seen.empty()) co_await pause(1ms);
    made.stop();
  });
  scene::play(io, [&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(left);
}

TEST_CASE("a coroutine that never waits lets others have their turn") {
  asio::io_context io;
  bool other = false;
  const auto busy = [&](flow::yielder<int> yield) -> asio::awaitable<void> {
    while (!other) co_await yield(1);
  };
  scene::beside(io, [&]() -> asio::awaitable<void> {
    co_await pause(1ms);
    other = true;
  });
  auto made = flow::from(busy) | flow::sink([](int) {});
  scene::play(io, [&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(other);
}

TEST_CASE("a coroutine that yields is merged like any other source") {
  std::vector<int> seen;
  run(flow::merge(flow::from(one_two_three), numbers(1)) | into(seen));
  CHECK(seen.size() == 4);
}

}  // namespace
