// Pipelines on lists whose links, servers and fellows break.
#include "support/stream_world.hpp"

#include "testing/child_process.hpp"

#include <sluice/flow/from_list.hpp>
#include <sluice/flow/into.hpp>
#include <sluice/flow/map.hpp>
#include <sluice/flow/partition.hpp>
#include <sluice/testing/fault_proxy.hpp>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace scene;
namespace flow = sluice::flow;
using sluice::testing::child_process;
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
  /// So many have died with it.
  void set_deaths(const std::string& element, int deaths) {
    server.command({"EVAL", "redis.call('HSET', KEYS[1], redis.sha1hex(ARGV[1]), ARGV[2])", "1",
                    "sluice:processing:jobs:deaths", element, std::to_string(deaths)});
  }
  bool all_dead_are_gone() { return server.command({"ZCARD", "sluice:processing:jobs"}) == "0"; }
  long dead_letters() { return std::stol(server.command({"XLEN", "jobs:dead"})); }
  /// Until it ends, or dies.
  void work_in_a_process(int attempts) {
    child_process one({SLUICE_FAULT_LIST, server.url(), "jobs", "done", std::to_string(attempts)},
                      server.directory() / "list.log");
    play([&]() -> asio::awaitable<void> { co_await until([&] { return !one.running(); }, 20s); });
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

TEST_CASE(
    "an element that its processes die of ends among the dead letters, and nothing beside it") {
  const auto [attempts, expected_deaths] = GENERATE(table<int, int>({{1, 2}, {2, 2}, {3, 3}}));
  list_world world;
  for (int n = 0; n < 40; ++n) {
    world.server.command({"RPUSH", "jobs", n == 20 ? "deadly" : std::to_string(n)});
  }
  int deaths = 0;
  for (; deaths < 4; ++deaths) {
    world.work_in_a_process(attempts);
    if (world.all_dead_are_gone()) break;
  }
  CHECK(deaths == expected_deaths);
  std::set<int> done;
  for (long n = std::stol(world.server.command({"LLEN", "done"})); n > 0; --n) {
    done.insert(std::stoi(world.server.command({"LPOP", "done"})));
  }
  CHECK(world.dead_letters() == 1);
  CHECK(done.size() == 39);
  CHECK(world.server.command({"KEYS", "sluice:processing:*"}).empty());
}

TEST_CASE(
    "what two processes died with is worked on alone, and is no suspect when that went well") {
  list_world world;
  world.push(8);
  world.set_deaths("2", 2);
  world.set_deaths("5", 3);
  world.set_deaths("6", 1);
  std::vector<int> begun;
  int in_hand = 0;
  const auto work = [&](int n) -> asio::awaitable<void> {
    begun.push_back(n);
    if (n == 2 || n == 5) CHECK(in_hand == 0);
    ++in_hand;
    co_await pause(20ms);
    --in_hand;
    if (n == 2 || n == 5) CHECK(begun.back() == n);
  };
  auto made = flow::from_list(world.redis, flow::lists("jobs").wait(sluice::waiting::none())) |
              flow::map(number_in) | flow::sink(work).concurrency(8);
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(begun == std::vector{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(world.nothing_is_left());
}

TEST_CASE("a suspect element waits for what is in hand of the other lists, too") {
  list_world world;
  world.server.command({"RPUSH", "other", "1", "2"});
  world.push(1);
  world.set_deaths("0", 2);
  int in_hand = 0, seen = 0;
  const auto work = [&](const flow::list_element& which) -> asio::awaitable<void> {
    if (which.key() == "jobs") CHECK(in_hand == 0);
    ++in_hand;
    co_await pause(50ms);
    --in_hand;
    ++seen;
  };
  const auto how = flow::lists("other").list("jobs").wait(sluice::waiting::none());
  auto made = flow::from_list(world.redis, how) | flow::sink(work).concurrency(8);
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(seen == 3);
}

TEST_CASE("a suspect element that is settled with others only does not wait for them for ever") {
  list_world world;
  world.push(4);
  world.set_deaths("1", 2);
  world.set_deaths("2", 2);
  std::size_t seen = 0;
  const auto how = flow::lists("jobs").heartbeat(20ms);
  auto made = flow::from_list(world.redis, how) | flow::map(number_in) | flow::partition(4) |
              flow::sink([&](const std::vector<int>& all) { seen = all.size(); });
  world.beside([&]() -> asio::awaitable<void> {
    co_await until([&] { return seen == 4; });
    made.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(world.nothing_is_left());
}

TEST_CASE("looks at another list do not make a suspect element wait anew") {
  list_world world;
  // Without doorbells each list is looked at again and again.
  world.server.command({"ACL", "SETUSER", "default", "-client|tracking"});
  const auto redis = world.connect(world.server.url());
  world.push(4);
  world.set_deaths("1", 2);
  std::size_t seen = 0;
  const auto how = flow::lists("urgent").list("jobs").heartbeat(20ms);
  auto made = flow::from_list(redis, how) | flow::map(number_in) | flow::partition(4) |
              flow::sink([&](const std::vector<int>& all) { seen = all.size(); });
  world.beside([&]() -> asio::awaitable<void> {
    co_await until([&] { return seen > 0; });
    made.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(seen == 4);
}

TEST_CASE("a pipeline does not end while a suspect element keeps others waiting") {
  list_world world;
  world.push(4);
  world.set_deaths("1", 2);
  std::vector<int> seen;
  const auto slow = [&](int n) -> asio::awaitable<void> {
    if (n < 2) co_await pause(300ms);
    seen.push_back(n);
  };
  const auto how = flow::lists("jobs").wait(100ms);
  auto made =
      flow::from_list(world.redis, how) | flow::map(number_in) | flow::sink(slow).concurrency(4);
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(seen == std::vector{0, 1, 2, 3});
}

TEST_CASE("equal elements in the hands of the dead count once") {
  list_world world;
  for (int n = 0; n < 5; ++n) world.die_with("7", "dead");
  int seen = 0;
  auto made = flow::from_list(world.redis, flow::lists("jobs").heartbeat(20ms),
                              sluice::retry_policy::fixed(1ms).attempts(3)) |
              flow::map(number_in) | flow::sink([&](int) { ++seen; });
  world.beside([&]() -> asio::awaitable<void> {
    co_await until([&] { return seen == 5 && world.all_dead_are_gone(); });
    made.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(world.nothing_is_left());
}

TEST_CASE("an element that cannot be buried is when it can be, and an event tells of it") {
  list_world world;
  world.push(1);
  world.server.command({"SET", "jobs:dead", "no stream"});
  auto made = flow::from_list(world.redis, flow::lists("jobs").heartbeat(20ms),
                              sluice::retry_policy::fixed(1ms).attempts(1)) |
              flow::sink([](const flow::list_element&) { throw std::runtime_error("torn"); });
  world.beside([&]() -> asio::awaitable<void> {
    co_await until([&] { return world.events.count<sluice::events::upkeep_failed>() > 0; });
    CHECK(world.events.count<sluice::events::dead_lettered>() == 0);
    // While it is tried again and again, somebody would put it back if this process died.
    co_await pause(200ms);
    CHECK(world.server.command({"ZCARD", "sluice:processing:jobs"}) == "1");
    world.server.command({"DEL", "jobs:dead"});
    co_await until([&] { return world.dead_letters() == 1; });
    co_await until([&] { return world.events.count<sluice::events::dead_lettered>() == 1; });
    made.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(world.events.count<sluice::events::upkeep_failed>() == 1);
  CHECK(world.dead_letters() == 1);
  CHECK(world.server.command({"KEYS", "sluice:processing:*"}).empty());
}

TEST_CASE("what cannot be given back when a pipeline stops, others put back later") {
  list_world world;
  world.push(3);
  const auto how = flow::lists("jobs").heartbeat(20ms);
  auto stuck = [&](const flow::list_element&) -> asio::awaitable<void> {
    world.server.command({"SET", "jobs", "no list"});
    co_await pause(1h);
  };
  auto first = flow::from_list(world.redis, how) | flow::sink(stuck);
  first.drain_within(1ms);
  world.beside([&]() -> asio::awaitable<void> {
    co_await until([&] { return world.server.command({"TYPE", "jobs"}) == "string"; });
    first.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await first.run(); });
  std::vector<int> seen;
  auto second = flow::from_list(world.redis, how) | flow::map(number_in) | flow::into(seen);
  world.beside([&]() -> asio::awaitable<void> {
    world.server.command({"DEL", "jobs"});
    co_await until([&] { return seen.size() == 3; });
    second.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await second.run(); });
  CHECK(seen == std::vector{0, 1, 2});
  CHECK(world.server.command({"KEYS", "sluice:processing:*"}).empty());
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
