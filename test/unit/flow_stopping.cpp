// Every wait of a pipeline ends when it is stopped.
#include "support/pipeline_scene.hpp"

#include <sluice/flow/branch.hpp>
#include <sluice/flow/buffer.hpp>
#include <sluice/flow/combine_latest.hpp>
#include <sluice/flow/every.hpp>
#include <sluice/flow/map.hpp>
#include <sluice/flow/merge.hpp>
#include <sluice/flow/partition.hpp>
#include <sluice/flow/zip.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <numeric>
#include <optional>
#include <ranges>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace flow = sluice::flow;
using namespace std::chrono_literals;
using scene::numbers;
using scene::pause;

/// Stops it in its wait; what takes longer than a moment then is cancelled.
void stop_while_it_waits(flow::pipeline made) {
  asio::io_context io;
  made.drain_within(10ms);
  scene::beside(io, [&]() -> asio::awaitable<void> {
    co_await pause(5ms);
    made.stop();
  });
  scene::play(
      io, [&]() -> asio::awaitable<void> { co_await made.run(); }, 5s);
  // Nothing is left behind that would keep a program from ending.
  scene::play_out(io, 5s);
}

asio::awaitable<std::optional<int>> nothing_comes() {
  co_await pause(1h);
  co_return std::nullopt;
}
auto silence() { return flow::from(nothing_comes); }
asio::awaitable<int> never_done(int n) {
  co_await pause(1h);
  co_return n;
}
auto counting(int& seen) {
  return flow::sink([&seen](const auto&) { ++seen; });
}

TEST_CASE("a source that waits for something to come is stopped") {
  int seen = 0;
  stop_while_it_waits(silence() | counting(seen));
  stop_while_it_waits(flow::every(1h) | counting(seen));
  stop_while_it_waits(flow::merge(silence(), silence()) | counting(seen));
  CHECK(seen == 0);
}

TEST_CASE("a source that waits for room is stopped") {
  int seen = 0;
  stop_while_it_waits(numbers(1'000) | flow::sink(never_done));
  stop_while_it_waits(numbers(1'000) | flow::map(never_done) | counting(seen));
  stop_while_it_waits(numbers(1'000) | flow::map(never_done).concurrency(10) | counting(seen));
  stop_while_it_waits(numbers(1'000) | flow::buffer(10) | flow::sink(never_done));
  stop_while_it_waits(numbers(1'000) | flow::branch(counting(seen), flow::sink(never_done)));
  CHECK(seen > 0);
}

TEST_CASE("sources that wait for each other are stopped") {
  int seen = 0;
  stop_while_it_waits(flow::zip(numbers(1'000), silence()) | counting(seen));
  stop_while_it_waits(flow::combine_latest(numbers(1'000), silence()) | counting(seen));
  CHECK(seen == 0);
}

TEST_CASE("elements that wait for their time are let go when they take too long") {
  int seen = 0;
  stop_while_it_waits(numbers(10) | flow::delay(1h) | counting(seen));
  CHECK(seen == 0);
  stop_while_it_waits(numbers(10) | flow::rate_limit(1, 1h) | counting(seen));
  CHECK(seen == 1);
}

TEST_CASE("a batch that waits to be complete leaves when the pipeline is stopped") {
  std::vector<std::vector<int>> batches;
  const auto three_and_silence = [n = 0]() mutable -> asio::awaitable<std::optional<int>> {
    if (n == 3) co_await pause(1h);
    co_return n++;
  };
  stop_while_it_waits(flow::from(three_and_silence) | flow::partition(10) | flow::into(batches));
  stop_while_it_waits(flow::from(three_and_silence) | flow::partition(10, 1h) |
                      flow::into(batches));
  stop_while_it_waits(flow::from(three_and_silence) | flow::timed_window(1h) | flow::into(batches));
  CHECK(batches == std::vector<std::vector<int>>(3, {0, 1, 2}));
}

/// Runs a pipeline of these numbers, whose source stops it while it is asked for the last of them
/// and gives that one all the same; what took none too long comes to its end.
template <class Last>
std::vector<std::vector<int>> stop_as_the_last_comes(int count, Last last, auto stages) {
  asio::io_context io;
  std::vector<std::vector<int>> batches;
  flow::pipeline* mine = nullptr;
  const auto numbers = [&, n = 0]() mutable -> asio::awaitable<std::optional<int>> {
    if (n == count - 1) co_await last(*mine);
    co_return n++;
  };
  auto made =
      flow::from(numbers) | std::move(stages) | flow::partition(1'000) | flow::into(batches);
  mine = &made;
  scene::play(
      io, [&]() -> asio::awaitable<void> { co_await made.run(); }, 5s);
  scene::play_out(io, 5s);
  return batches;
}

asio::awaitable<void> stop_at_once(flow::pipeline& which) {
  which.stop();
  co_return;
}
// What it waits for has come when the cancellation does.
asio::awaitable<void> stop_as_it_comes(flow::pipeline& which) {
  const auto executor = co_await asio::this_coro::executor;
  which.stop();
  co_await asio::post(executor, asio::use_awaitable);
}
asio::awaitable<void> stop_and_ignore_it(flow::pipeline& which) {
  which.stop();
  try {
    co_await pause(1h);
  } catch (const boost::system::system_error&) {
  }
}

TEST_CASE("what a source gives as it is stopped goes on to the end, also where there is no room") {
  const auto slowly = [](int n) -> asio::awaitable<int> {
    co_await pause(5ms);
    co_return n;
  };
  const std::vector<std::vector<int>> both{{0, 1}};
  CHECK(stop_as_the_last_comes(2, stop_at_once, flow::map(slowly)) == both);
  CHECK(stop_as_the_last_comes(2, stop_as_it_comes, flow::map(slowly)) == both);
  CHECK(stop_as_the_last_comes(2, stop_and_ignore_it, flow::map(slowly)) == both);
  CHECK(stop_as_the_last_comes(2, stop_as_it_comes, flow::buffer(1) | flow::map(slowly)) == both);
}

TEST_CASE("what a source gives as it is stopped goes on to the end, also after many others") {
  const auto same = [](int n) { return n; };
  // So many that others would have their turn.
  std::vector<std::vector<int>> all(1, std::vector<int>(256));
  std::iota(all[0].begin(), all[0].end(), 0);
  CHECK(stop_as_the_last_comes(256, stop_at_once, flow::map(same)) == all);
  CHECK(stop_as_the_last_comes(256, stop_as_it_comes, flow::map(same)) == all);
  CHECK(stop_as_the_last_comes(256, stop_and_ignore_it, flow::map(same)) == all);
}

TEST_CASE("what a source gave as it was stopped is let go when it takes too long") {
  int given = 0;
  const auto one_more = [&given]() -> asio::awaitable<std::optional<int>> {
    try {
      if (given > 0) co_await pause(1h);
    } catch (const boost::system::system_error&) {
    }
    co_return given++;
  };
  stop_while_it_waits(flow::from(one_more) | flow::sink(never_done));
  CHECK(given == 2);
}

}  // namespace
