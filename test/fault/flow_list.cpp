// Pipelines on lists whose links, servers and fellows break.
#include "support/stream_world.hpp"

#include <sluice/flow/from_list.hpp>
#include <sluice/flow/into.hpp>
#include <sluice/flow/map.hpp>
#include <sluice/testing/fault_proxy.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace scene;
namespace flow = sluice::flow;
using sluice::testing::fault_proxy;

int number_in(const flow::list_element& which) { return std::stoi(which.text()); }

struct list_world : stream_world {
  using stream_world::stream_world;

  void push(int count) {
    server.command({"EVAL", "for i=0,ARGV[1]-1 do redis.call('RPUSH',KEYS[1],i) end", "1", "jobs",
                    std::to_string(count)});
  }
  /// One that took an element and died: what it leaves on the server.
  void die_with(const std::string& element, const std::string& who) {
    const auto mine = "sluice:processing:jobs:" + who;
    server.command({"LPUSH", mine, element});
    server.command({"ZADD", "sluice:processing:jobs", "1", mine});
  }
  bool nothing_is_left() { return server.command({"KEYS", "*jobs*"}) == ""; }
};

TEST_CASE("every element comes to the end, however often the link is cut") {
  list_world world;
  fault_proxy proxy(world.server);
  const auto redis = world.connect(proxy.unix_url());
  world.push(2'000);
  std::vector<bool> seen(2'000);
  std::size_t count = 0;
  const auto cut = [&](int n) {
    seen.at(static_cast<std::size_t>(n)) = true;
    if (++count % 150 == 0) proxy.reset();
  };
  auto made = flow::from_list(redis, "jobs") | flow::map(number_in) | flow::sink(cut);
  world.beside([&]() -> asio::awaitable<void> {
    co_await until([&] { return std::ranges::count(seen, true) == 2'000; });
    made.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(world.nothing_is_left());
}

TEST_CASE("of two equal elements one that is done with never takes the other along") {
  list_world world;
  fault_proxy proxy(world.server);
  const auto redis = world.connect(proxy.unix_url());
  world.server.command({"RPUSH", "jobs", "other", "same", "same"});
  int begun = 0;
  const auto work = [&](const flow::list_element& which) -> asio::awaitable<void> {
    if (which.text() == "other") co_return;
    if (++begun == 2) co_await pause(1h);
    co_await until([&] { return begun == 2 && world.calls("lrem") == 1; });
    proxy.replies().hold();
  };
  auto made = flow::from_list(redis, "jobs") | flow::sink(work).concurrency(2);
  made.drain_within(1ms);
  world.beside([&]() -> asio::awaitable<void> {
    // It is removed; the answer is lost, and it is removed again.
    co_await until([&] { return world.calls("lrem") == 2; });
    proxy.reset();
    proxy.heal();
    co_await until([&] { return redis.counters().resent > 0 && redis.counters().in_flight == 0; });
    made.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(world.server.command({"LRANGE", "jobs", "0", "-1"}) == "same");
}

TEST_CASE("what a dead process had in hand is put back, and comes next") {
  list_world world;
  world.push(1);
  world.die_with("10", "dead");
  world.die_with("11", "dead");
  std::vector<int> seen;
  const auto how = flow::lists("jobs").prefetch(1).heartbeat(20ms);
  auto made = flow::from_list(world.redis, how) | flow::map(number_in) | flow::into(seen);
  world.beside([&]() -> asio::awaitable<void> {
    co_await until([&] { return seen.size() == 3; });
    made.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(std::ranges::is_permutation(seen, std::vector{0, 10, 11}));
  CHECK(std::ranges::find(seen, 10) < std::ranges::find(seen, 11));
}

TEST_CASE("an element that its processes die of ends among the dead letters") {
  list_world world;
  int seen = 0;
  auto made = flow::from_list(world.redis, flow::lists("jobs").heartbeat(20ms),
                              sluice::retry_policy::fixed(1ms).attempts(3)) |
              flow::map(number_in) | flow::sink([&](int) { ++seen; });
  world.beside([&]() -> asio::awaitable<void> {
    for (int n = 1; n <= 3; ++n) {
      world.die_with("7", "dead-" + std::to_string(n));
      co_await until([&] {
        return world.server.command({"ZCARD", "sluice:processing:jobs"}) == "0";
      });
    }
    made.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(seen == 2);
  CHECK(world.server.command({"XLEN", "jobs:dead"}) == "1");
}

TEST_CASE("a pipeline that works for long is not robbed while it beats") {
  list_world world;
  world.push(1);
  int seen = 0;
  const auto slow = [&](int) -> asio::awaitable<void> {
    ++seen;
    co_await pause(400ms);
  };
  const auto how = flow::lists("jobs").heartbeat(20ms);
  auto one = flow::from_list(world.redis, how) | flow::map(number_in) | flow::sink(slow);
  auto other = flow::from_list(world.redis, how) | flow::map(number_in) | flow::sink(slow);
  world.beside([&]() -> asio::awaitable<void> { co_await other.run(); });
  world.beside([&]() -> asio::awaitable<void> {
    co_await until([&] { return seen > 0; });
    co_await until([&] { return world.nothing_is_left(); });
    one.stop();
    other.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await one.run(); });
  CHECK(seen == 1);
}

TEST_CASE("a pipeline on lists goes on when its server was restarted") {
  list_world world(server_options().append_only());
  std::vector<int> seen;
  auto made = flow::from_list(world.redis, "jobs") | flow::map(number_in) | flow::into(seen);
  world.beside([&]() -> asio::awaitable<void> {
    world.push(10);
    co_await until([&] { return seen.size() == 10; });
    world.server.restart();
    world.push(10);
    co_await until([&] { return seen.size() >= 20; });
    made.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(world.nothing_is_left());
}

TEST_CASE("a pipeline on lists ends when its client is closed") {
  list_world world;
  auto made = flow::from_list(world.redis, "jobs") | flow::sink([](const flow::list_element&) {});
  world.beside([&]() -> asio::awaitable<void> {
    co_await pause(10ms);
    co_await world.redis.close();
  });
  CHECK(code_of([&] { world.play([&]() -> asio::awaitable<void> { co_await made.run(); }); }) ==
        sluice::errc::closed);
}

}  // namespace
