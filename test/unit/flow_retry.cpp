#include "support/pipeline_scene.hpp"

#include <sluice/flow/map.hpp>
#include <sluice/flow/on_error.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace flow = sluice::flow;
using flow::into;
using scene::numbers;
using scene::pause;
using scene::run;
using sluice::retry_policy;
using namespace std::chrono_literals;

/// Fails an element so often before it succeeds.
struct fails_first {
  int left;
  std::string operator()(const std::string& what) {
    if (left-- > 0) throw std::runtime_error("not now");
    return what + "!";
  }
};

TEST_CASE("a function is tried again in its place, with the same element") {
  std::vector<std::string> seen;
  const auto policy = retry_policy::fixed(1ms).attempts(4);
  run(flow::from(std::vector<std::string>{"a", "b"}) | flow::map(fails_first{3}).retry(policy) |
      into(seen));
  CHECK(seen == std::vector<std::string>{"a!", "b!"});
}

TEST_CASE("a coroutine is tried again in its place while the others go on, and keeps its order") {
  std::vector<int> seen;
  std::vector<int> begun;
  int attempts = 0;
  const auto work = [&](int n) -> asio::awaitable<int> {
    begun.push_back(n);
    co_await pause(0ms);
    if (n == 0 && ++attempts < 3) throw std::runtime_error("not now");
    co_return n;
  };
  run(numbers(5) | flow::map(work).concurrency(2).retry(retry_policy::fixed(5ms)) | into(seen));
  CHECK(seen == std::vector{0, 1, 2, 3, 4});
  CHECK(attempts == 3);
  CHECK(begun[2] != 0);
}

TEST_CASE("a sink's function is tried again, too") {
  std::vector<int> seen;
  int attempts = 0;
  const auto write = [&](int n) -> asio::awaitable<void> {
    co_await pause(0ms);
    if (++attempts == 1) throw std::runtime_error("not now");
    seen.push_back(n);
  };
  run(numbers(2) | flow::sink(write).retry(retry_policy::fixed(1ms)));
  CHECK(seen == std::vector{0, 1});
}

TEST_CASE("what fails to the last attempt has failed once") {
  std::vector<int> seen;
  int attempts = 0;
  int told = 0;
  const auto work = [&](int n) {
    if (n == 1) {
      ++attempts;
      throw std::runtime_error("one");
    }
    return n;
  };
  auto made = numbers(3) | flow::map(work).retry(retry_policy::fixed(1ms).attempts(3)) |
              flow::on_error(sluice::verdict::ack()) | into(seen);
  made.on_failed([&](std::string_view, const std::exception_ptr&) { ++told; });
  run(std::move(made));
  CHECK(seen == std::vector{0, 2});
  CHECK(attempts == 3);
  CHECK(told == 1);
}

TEST_CASE("an error that the policy gives up on is not tried again") {
  std::vector<int> seen;
  int attempts = 0;
  const auto work = [&](int) -> int {
    ++attempts;
    throw std::invalid_argument("wrong");
  };
  const auto policy = retry_policy::fixed(1ms).give_up_on<std::invalid_argument>();
  run(numbers(1) | flow::map(work).retry(policy) | flow::on_error(sluice::verdict::ack()) |
      into(seen));
  CHECK(attempts == 1);
}

TEST_CASE("a pause between attempts ends with the pipeline") {
  asio::io_context io;
  int attempts = 0;
  const auto work = [&](int n) {
    ++attempts;
    if (n == 0) throw std::runtime_error("never");
    return n;
  };
  auto made = numbers(1) | flow::map(work).retry(retry_policy::fixed(1h)) | flow::sink([](int) {});
  made.drain_within(1ms);
  scene::beside(io, [&]() -> asio::awaitable<void> {
    while (attempts == 0) co_await pause(1ms);
    made.stop();
  });
  scene::play(io, [&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(attempts == 1);
}

}  // namespace
