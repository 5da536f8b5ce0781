#include "support/stream_world.hpp"

#include <sluice/flow/branch.hpp>
#include <sluice/flow/combine_latest.hpp>
#include <sluice/flow/from.hpp>
#include <sluice/flow/from_group.hpp>
#include <sluice/flow/map.hpp>
#include <sluice/flow/on_error.hpp>
#include <sluice/flow/partition.hpp>
#include <sluice/flow/unique.hpp>

#include <algorithm>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <vector>

namespace {

using namespace scene;
namespace flow = sluice::flow;

sluice::group orders() { return sluice::group("billing").consumer("one").stream("orders"); }

sluice::group until_nothing_comes() { return orders().wait(sluice::waiting(300ms)); }

struct pipeline_world : stream_world {
  void run(flow::pipeline made) {
    play([&]() -> asio::awaitable<void> { co_await made.run(); });
  }
  long dead() { return std::stol(server.command({"XLEN", "orders:dead"})); }
};

TEST_CASE("entries of a group are acknowledged when they have come to the end") {
  pipeline_world world;
  world.add("orders", 1000);
  std::vector<int> seen;
  world.run(flow::from_group(world.redis, until_nothing_comes()) | flow::map(number_of) |
            flow::sink([&](int n) { seen.push_back(n); }));
  CHECK(seen == series(1000));
  CHECK(world.pending("orders", "billing") == 0);
}

TEST_CASE("a slow sink is given every entry once, in order") {
  pipeline_world world;
  world.add("orders", 300);
  std::vector<int> seen;
  const auto slow = [&](int n) -> asio::awaitable<void> {
    co_await pause(0ms);
    seen.push_back(n);
  };
  world.run(flow::from_group(world.redis, until_nothing_comes()) | flow::map(number_of) |
            flow::sink(slow));
  CHECK(seen == series(300));
}

TEST_CASE("a batch is acknowledged when it is written, and not before") {
  pipeline_world world;
  world.add("orders", 10);
  std::vector<int> pending;
  const auto write = [&](const std::vector<int>&) -> asio::awaitable<void> {
    co_await pause(20ms);
    pending.push_back(world.pending("orders", "billing"));
  };
  world.run(flow::from_group(world.redis, until_nothing_comes()) | flow::map(number_of) |
            flow::partition(5) | flow::sink(write));
  CHECK(pending == std::vector{10, 5});
  CHECK(world.pending("orders", "billing") == 0);
}

TEST_CASE("an entry is acknowledged when it is done with on every branch") {
  pipeline_world world;
  world.add("orders", 1);
  int pending_between = 0;
  const auto fast = [](int) {};
  const auto slow = [&](int) -> asio::awaitable<void> {
    co_await pause(30ms);
    pending_between = world.pending("orders", "billing");
  };
  world.run(flow::from_group(world.redis, until_nothing_comes()) | flow::map(number_of) |
            flow::branch(flow::sink(fast), flow::sink(slow)));
  CHECK(pending_between == 1);
  CHECK(world.pending("orders", "billing") == 0);
}

TEST_CASE("an entry that is superseded before there is a combination with it is done with") {
  pipeline_world world;
  world.add("orders", 500);
  const auto never = []() -> asio::awaitable<std::optional<int>> {
    co_await pause(1h);
    co_return std::nullopt;
  };
  auto made = flow::combine_latest(flow::from_group(world.redis, orders()), flow::from(never)) |
              flow::sink([](const auto&) {});
  world.beside([&]() -> asio::awaitable<void> {
    const auto last_read = [&] {
      return world.server.command({"XINFO", "GROUPS", "orders"}).find("entries-read\n500") !=
             std::string::npos;
    };
    co_await until([&] { return last_read() && world.pending("orders", "billing") == 1; });
    made.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
  // The last one was not done with, and is handed back.
  CHECK(world.pending("orders", "billing") == 1);
}

TEST_CASE("what is filtered out is done with") {
  pipeline_world world;
  world.add("orders", 100);
  world.run(flow::from_group(world.redis, until_nothing_comes()) |
            flow::filter([](const sluice::entry&) { return false; }) |
            flow::sink([](const sluice::entry&) {}));
  CHECK(world.pending("orders", "billing") == 0);
}

TEST_CASE("an entry that fails is tried again alone, and is a dead letter in the end") {
  pipeline_world world;
  world.add("orders", 20);
  std::vector<int> seen;
  int attempts = 0;
  const auto parse = [&](const sluice::entry& which) {
    const int n = number_of(which);
    if (n == 7) {
      ++attempts;
      throw std::runtime_error("seven");
    }
    return n;
  };
  const auto twice = sluice::retry_policy::fixed(5ms).attempts(2);
  world.run(flow::from_group(world.redis, until_nothing_comes(), twice) | flow::map(parse) |
            flow::sink([&](int n) { seen.push_back(n); }));
  CHECK(seen.size() == 19);
  CHECK(attempts == 2);
  CHECK(world.pending("orders", "billing") == 0);
  CHECK(world.dead() == 1);
}

TEST_CASE("an entry whose parts throw while they are made is tried again") {
  pipeline_world world;
  world.add("orders", 3);
  int attempts = 0;
  const auto parts = [&](const sluice::entry& which) {
    return std::views::iota(0, 3) | std::views::transform([&, n = number_of(which)](int part) {
             if (n == 1 && part == 1 && ++attempts == 1) throw std::runtime_error("one");
             return 10 * n + part;
           });
  };
  std::vector<int> seen;
  const auto soon = sluice::retry_policy::fixed(1ms);
  world.run(flow::from_group(world.redis, until_nothing_comes(), soon) | flow::flat_map(parts) |
            flow::sink([&](int n) { seen.push_back(n); }));
  CHECK(attempts == 2);
  CHECK(std::ranges::count(seen, 12) == 1);
  CHECK(world.pending("orders", "billing") == 0);
}

TEST_CASE("on_error settles what failed as it judges") {
  pipeline_world world;
  world.add("orders", 10);
  const auto fails = [](const sluice::entry& which) {
    const int n = number_of(which);
    if (n == 3) throw std::invalid_argument("three");
    if (n == 4) throw std::runtime_error("four");
    return n;
  };
  std::vector<int> seen;
  world.run(flow::from_group(world.redis, until_nothing_comes()) | flow::map(fails) |
            flow::on_error([](const std::exception_ptr& why) {
              return sluice::thrown_is<std::invalid_argument>(why)
                         ? sluice::verdict::reject("unreadable")
                         : sluice::verdict::ack();
            }) |
            flow::sink([&](int n) { seen.push_back(n); }));
  CHECK(seen.size() == 8);
  CHECK(world.pending("orders", "billing") == 0);
  CHECK(world.dead() == 1);
}

TEST_CASE("what unique let through and failed is let through again") {
  pipeline_world world;
  world.add("orders", 1);
  int attempts = 0;
  const auto fails_once = [&](int n) {
    if (++attempts == 1) throw std::runtime_error("not now");
    return n;
  };
  std::vector<int> seen;
  const auto soon = sluice::retry_policy::fixed(1ms);
  world.run(flow::from_group(world.redis, until_nothing_comes(), soon) | flow::map(number_of) |
            flow::unique(100) | flow::map(fails_once) |
            flow::sink([&](int n) { seen.push_back(n); }));
  CHECK(attempts == 2);
  CHECK(seen == series(1));
}

TEST_CASE("a pipeline that stops hands back what has not come to the end") {
  pipeline_world world;
  world.add("orders", 500);
  int done = 0;
  const auto slow = [&](int) -> asio::awaitable<void> {
    co_await pause(done < 20 ? 0ms : 10s);
    ++done;
  };
  auto made = flow::from_group(world.redis, orders()) | flow::map(number_of) | flow::sink(slow);
  made.drain_within(20ms);
  world.beside([&]() -> asio::awaitable<void> {
    while (done < 20) co_await pause(1ms);
    made.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(done == 20);
  std::vector<int> rest;
  world.run(flow::from_group(world.redis, until_nothing_comes().consumer("two")) |
            flow::map(number_of) | flow::sink([&](int n) { rest.push_back(n); }));
  std::ranges::sort(rest);
  CHECK(rest == series(480, 20));
  CHECK(world.pending("orders", "billing") == 0);
}

TEST_CASE("an error that ends the run leaves its entry to be tried again") {
  pipeline_world world;
  world.add("orders", 3);
  const auto fails = [](int n) {
    if (n == 1) throw std::runtime_error("one");
  };
  CHECK_THROWS_WITH(world.run(flow::from_group(world.redis, until_nothing_comes()) |
                              flow::map(number_of) | flow::on_error(sluice::verdict::ack()) |
                              flow::map([&](int n) { return fails(n), n; }) |
                              flow::on_error(sluice::verdict::rethrow()) | flow::sink([](int) {})),
                    "one");
  std::vector<int> rest;
  world.run(flow::from_group(world.redis, until_nothing_comes()) | flow::map(number_of) |
            flow::sink([&](int n) { rest.push_back(n); }));
  CHECK(std::ranges::count(rest, 1) == 1);
}

}  // namespace
