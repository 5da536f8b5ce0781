#include "support/pipeline_scene.hpp"

#include <sluice/flow/branch.hpp>
#include <sluice/flow/buffer.hpp>
#include <sluice/flow/combine_latest.hpp>
#include <sluice/flow/json.hpp>
#include <sluice/flow/map.hpp>
#include <sluice/flow/merge.hpp>
#include <sluice/flow/on_error.hpp>
#include <sluice/flow/partition.hpp>
#include <sluice/flow/pluck.hpp>
#include <sluice/flow/text.hpp>
#include <sluice/flow/zip.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/describe/class.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace flow = sluice::flow;
using flow::into;
using scene::numbers;
using scene::run;
using namespace std::chrono_literals;

struct order {
  std::string customer;
  int total = 0;
};
BOOST_DESCRIBE_STRUCT(order, (), (customer, total))

TEST_CASE("each element goes all ways of a branch") {
  std::vector<int> all;
  std::vector<std::string> even;
  std::vector<std::vector<int>> pairs;
  const auto is_even = [](int n) { return n % 2 == 0; };
  const auto text = [](int n) { return std::to_string(n); };
  run(numbers(5) | flow::branch(into(all), flow::filter(is_even) | flow::map(text) | into(even),
                                flow::partition(2) | into(pairs)));
  CHECK(all == std::vector{0, 1, 2, 3, 4});
  CHECK(even == std::vector<std::string>{"0", "2", "4"});
  CHECK(pairs == std::vector<std::vector<int>>{{0, 1}, {2, 3}, {4}});
}

/// Not every number can be copied.
class brittle {
 public:
  explicit brittle(int n) : n_(n) {}
  brittle(const brittle& other) : n_(other.n_) {
    if (n_ == 3) throw std::runtime_error("three");
  }
  brittle(brittle&&) noexcept = default;
  brittle& operator=(const brittle&) = delete;
  brittle& operator=(brittle&&) noexcept = default;
  ~brittle() = default;

 private:
  int n_;
};

TEST_CASE("an element that cannot be copied onto a branch ends the run after those before it") {
  std::vector<std::size_t> batches;
  const auto count =
      flow::sink([&batches](const std::vector<brittle>& each) { batches.push_back(each.size()); });
  const auto made =
      std::views::iota(0, 10) | std::views::transform([](int n) { return brittle(n); });
  CHECK_THROWS_WITH(run(flow::from(made) |
                        flow::branch(flow::partition(100) | count, flow::partition(100) | count)),
                    "three");
  CHECK(batches == std::vector<std::size_t>{3, 3});
}

TEST_CASE("stages can be joined first, and put behind a source later") {
  const auto clean =
      flow::filter([](int n) { return n > 1; }) | flow::map([](int n) { return n * n; });
  std::vector<int> seen;
  run(numbers(4) | clean | into(seen));
  CHECK(seen == std::vector{4, 9});
}

TEST_CASE("the union of sources has the elements of all of them") {
  std::vector<int> seen;
  run(flow::merge(numbers(3), numbers(2) | flow::map([](int n) { return 10 + n; })) | into(seen));
  std::ranges::sort(seen);
  CHECK(seen == std::vector{0, 1, 2, 10, 11});
}

TEST_CASE("zip goes on with one element of each, and ends with the first that ends") {
  std::vector<std::tuple<int, std::string>> seen;
  run(flow::zip(numbers(100), flow::from(std::vector<std::string>{"a", "b"})) | into(seen));
  CHECK(seen == std::vector<std::tuple<int, std::string>>{{0, "a"}, {1, "b"}});
}

TEST_CASE("stages on the way to a zip that has ended do not wait for room in it") {
  const auto three_and_a_while = [n = 0]() mutable -> asio::awaitable<std::optional<int>> {
    co_await scene::pause(5ms);
    std::optional<int> next;
    if (n < 3) next = n++;
    co_return next;
  };
  const auto same = [](int n) -> asio::awaitable<int> { co_return n; };
  int seen = 0;
  const auto count = flow::sink([&seen](const std::tuple<int, int>&) { ++seen; });
  const auto run_without_patience = [](flow::pipeline made) {
    asio::io_context io;
    made.drain_within(1h);
    scene::play(
        io, [&]() -> asio::awaitable<void> { co_await made.run(); }, 5s);
  };
  run_without_patience(
      flow::zip(numbers(1'000) | flow::buffer(100), flow::from(three_and_a_while)) | count);
  run_without_patience(
      flow::zip(numbers(1'000) | flow::map(same).concurrency(4), flow::from(three_and_a_while)) |
      count);
  CHECK(seen == 6);
}

TEST_CASE("combine_latest goes on with the latest of each, once there is one of each") {
  std::vector<std::tuple<int, std::string>> seen;
  const auto slow = [](const std::string& text) -> asio::awaitable<std::string> {
    co_await scene::pause(5ms);
    co_return text;
  };
  run(flow::combine_latest(numbers(3),
                           flow::from(std::vector<std::string>{"a", "b"}) | flow::map(slow)) |
      into(seen));
  CHECK(seen == std::vector<std::tuple<int, std::string>>{{2, "a"}, {2, "b"}});
}

TEST_CASE("JSON becomes described structs, and what does not fit is dropped if that is said") {
  std::vector<std::string> seen;
  std::vector<std::string> failures;
  auto made = flow::from(std::vector<std::string>{R"({"customer":"ann","total":3})", "{",
                                                  R"({"customer":"bob","total":"x"})"}) |
              flow::from_json<order>() | flow::on_error(sluice::verdict::ack()) | flow::to_json() |
              into(seen);
  made.on_failed([&](std::string_view stage, const std::exception_ptr& why) {
    failures.push_back(std::string(stage) + ": " + sluice::thrown_text(why));
  });
  run(std::move(made));
  CHECK(seen == std::vector<std::string>{R"({"customer":"ann","total":3})"});
  REQUIRE(failures.size() == 2);
  CHECK(failures[1].find("total: expected") != std::string::npos);
}

TEST_CASE("parts are plucked out of structs, tuples and JSON") {
  std::vector<std::string> names;
  run(flow::from(std::vector<order>{{"ann", 1}, {"bob", 2}}) | flow::pluck(&order::customer) |
      into(names));
  CHECK(names == std::vector<std::string>{"ann", "bob"});
  std::vector<int> firsts;
  run(flow::from(std::vector<std::pair<int, char>>{{7, 'a'}, {8, 'b'}}) | flow::pluck<0>() |
      into(firsts));
  CHECK(firsts == std::vector{7, 8});
  std::vector<boost::json::value> totals;
  run(flow::from(std::vector<std::string>{R"({"total":3})"}) | flow::from_json() |
      flow::pluck("total") | into(totals));
  CHECK(totals == std::vector<boost::json::value>{3});
}

TEST_CASE("bytes that are no text are dealt with as was said") {
  using flow::bad_bytes;
  CHECK(flow::decode_text("gr\xc3\xbc\xc3\x9f", bad_bytes::refuse) == "gr\xc3\xbc\xc3\x9f");
  CHECK(flow::decode_text("a\xff\xfe"
                          "b\xc3",
                          bad_bytes::drop) == "ab");
  CHECK(flow::decode_text("a\xff"
                          "b",
                          bad_bytes::replace) ==
        "a\xef\xbf\xbd"
        "b");
  CHECK_THROWS_WITH(flow::decode_text("a\xff", bad_bytes::refuse),
                    Catch::Contains("byte 1 is no UTF-8"));
}

TEST_CASE("an error that is judged as the end ends the run after what is on its way") {
  std::vector<int> seen;
  const auto fails_at_two = [](int n) {
    if (n == 2) throw std::runtime_error("two");
    return n;
  };
  CHECK_THROWS_WITH(run(numbers(1000) | flow::map(fails_at_two) |
                        flow::on_error(sluice::verdict::rethrow()) | into(seen)),
                    "two");
  CHECK(seen.front() == 0);
}

TEST_CASE("what the handler of failures throws ends the run, without a wait") {
  const auto fails = [](int n) -> asio::awaitable<int> {
    if (n == 1) throw std::runtime_error("one");
    co_return n;
  };
  std::vector<int> seen;
  auto made = numbers(3) | flow::map(fails) | flow::on_error(sluice::verdict::ack()) | into(seen);
  made.on_failed(
      [](std::string_view, const std::exception_ptr&) { throw std::runtime_error("the handler"); });
  CHECK_THROWS_WITH(run(std::move(made)), "the handler");
}

TEST_CASE("cancelling a run stops it as stop does") {
  asio::io_context io;
  std::vector<int> seen;
  bool ended = false;
  int given = 0;
  const auto slow = [](int n) -> asio::awaitable<int> {
    co_await scene::pause(1ms);
    co_return n;
  };
  auto made =
      flow::from([&]() -> std::optional<int> { return ++given; }) | flow::map(slow) | into(seen);
  asio::cancellation_signal cancel;
  asio::co_spawn(
      io, made.run(),
      asio::bind_cancellation_slot(cancel.slot(), [&](const std::exception_ptr& failure) {
        CHECK_FALSE(failure);
        ended = true;
      }));
  scene::play(io, [&]() -> asio::awaitable<void> {
    while (seen.size() < 3) co_await scene::pause(1ms);
    cancel.emit(asio::cancellation_type::terminal);
    while (!ended) co_await scene::pause(1ms);
  });
  CHECK(static_cast<int>(seen.size()) == given);
}

TEST_CASE("a stage that does not end when it is stopped is cancelled after the time to drain") {
  asio::io_context io;
  int given = 0;
  bool cancelled = false;
  const auto stuck = [&](int) -> asio::awaitable<void> {
    try {
      co_await scene::pause(1h);
    } catch (...) {
      cancelled = true;
      throw;
    }
  };
  auto made = flow::from([&]() -> std::optional<int> { return ++given; }) | flow::sink(stuck);
  made.drain_within(10ms);
  scene::beside(io, [&]() -> asio::awaitable<void> {
    co_await scene::pause(5ms);
    made.stop();
  });
  scene::play(io, [&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(cancelled);
}

TEST_CASE("an io_context may be destroyed with a pipeline under way") {
  std::vector<int> seen;
  auto made = flow::from([]() -> asio::awaitable<std::optional<int>> {
                co_await scene::pause(1h);
                co_return 1;
              }) |
              flow::buffer(3) | flow::partition(2, 1h) | flow::sink([](std::vector<int>) {});
  {
    asio::io_context io;
    scene::beside(io, [&]() -> asio::awaitable<void> { co_await made.run(); });
    io.run_for(5ms);
  }
  made.stop();
}

}  // namespace
