// Members that die, members that live, and what becomes of their entries.
#include "support/stream_world.hpp"

#include <sluice/redis/subscription.hpp>

namespace {

using namespace scene;
using sluice::group;
using sluice::group_consumer;

group member(const std::string& name) {
  return group("workers").consumer(name).stream("jobs").heartbeat(50ms).claim_timeout(500ms);
}

/// Stands for a process that was killed: its client is stopped, and nothing is given back.
struct victim {
  victim(stream_world& world, const std::string& name)
      : redis(world.connect(world.server.url())), self(redis, member(name)) {}
  void kill() { redis.stop(); }

  sluice::client redis;
  group_consumer self;
};

TEST_CASE("the entries of a member that dies go to one that lives") {
  stream_world world;
  victim dead(world, "dead");
  std::vector<sluice::delivery> held;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 10);
    held = co_await dead.self.get_batch(10);
    REQUIRE(held.size() == 10);
    group_consumer alive(world.redis, member("alive"));
    const auto nothing = co_await alive.get_entry(200ms);
    CHECK_FALSE(nothing);
    dead.kill();
    const auto since = std::chrono::steady_clock::now();
    const auto found = co_await numbers(alive, 10);
    CHECK(found == series(10));
    const auto took = std::chrono::steady_clock::now() - since;
    CHECK(took > 300ms);
    CHECK(took < 2s);
    co_await alive.flush();
    CHECK(world.pending("jobs", "workers") == 0);
  });
  held.clear();
  CHECK(world.events.count<sluice::events::member_silent>() == 1);
}

TEST_CASE("a program that listens to the beats itself claims from the dead as well") {
  stream_world world;
  victim dead(world, "dead");
  std::vector<sluice::delivery> held;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 3);
    held = co_await dead.self.get_batch(3);
    const auto channel = sluice::topics().channel("workers");
    sluice::subscription beats(world.redis, channel);
    co_await beats.ready();
    group_consumer alive(world.redis, member("alive"));
    co_await alive.get_entry(200ms);
    dead.kill();
    const auto found = co_await numbers(alive, 3);
    CHECK(found == series(3));
    co_await alive.flush();
  });
  held.clear();
}

TEST_CASE("a claimed entry is marked as redelivered, with its delivery count") {
  stream_world world;
  victim dead(world, "dead");
  std::vector<sluice::delivery> held;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    held = co_await dead.self.get_batch(1);
    REQUIRE(held.size() == 1);
    CHECK(held.front().delivery_count() == 1);
    CHECK_FALSE(held.front().redelivered());
    group_consumer alive(world.redis, member("alive"));
    dead.kill();
    auto again = co_await alive.get_entry(5s);
    REQUIRE(again);
    CHECK(again->redelivered());
    CHECK(again->delivery_count() == 2);
    CHECK(again->token() == std::string(again->id_text()) + ":2");
    co_await std::move(*again).ack();
  });
  held.clear();
}

TEST_CASE("a member that is slow and beats keeps its entries") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    auto elsewhere = world.connect(world.server.url());
    group_consumer slow(elsewhere, member("slow"));
    group_consumer other(world.redis, member("other"));
    auto job = co_await slow.get_entry();
    const auto stolen = co_await other.get_entry(1'500ms);
    CHECK_FALSE(stolen);
    CHECK_FALSE(job->lease_lost());
    co_await std::move(*job).ack();
    CHECK(world.pending("jobs", "workers") == 0);
  });
}

TEST_CASE("entries of somebody who never beats are claimed when they have been idle") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 3);
    world.server.command({"XGROUP", "CREATE", "jobs", "workers", "0"});
    world.server.command({"XREADGROUP", "GROUP", "workers", "stranger", "STREAMS", "jobs", ">"});
    group_consumer alive(world.redis, member("alive"));
    const auto found = co_await numbers(alive, 3);
    CHECK(found == series(3));
  });
}

TEST_CASE("what was read ahead is handed over at once when a consumer is closed") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 10);
    auto elsewhere = world.connect(world.server.url());
    group_consumer leaving(elsewhere, member("leaving").prefetch(10));
    auto first = co_await leaving.get_entry();
    CHECK(number_of(*first) == 0);
    group_consumer other(world.redis, member("other"));
    const auto none = co_await other.get_entry(200ms);
    CHECK_FALSE(none);
    leaving.close();
    const auto since = std::chrono::steady_clock::now();
    const auto found = co_await numbers(other, 9);
    CHECK(found == series(9, 1));
    CHECK(std::chrono::steady_clock::now() - since < 300ms);
    co_await std::move(*first).ack();
  });
}

TEST_CASE("closing the client settles and hands over, also where the server forgot the scripts") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 10);
    auto elsewhere = world.connect(world.server.url());
    group_consumer leaving(elsewhere, member("leaving").prefetch(10));
    auto job = co_await leaving.get_entry();
    world.server.command({"SCRIPT", "FLUSH"});
    std::move(*job).ack_later();
    leaving.close();
    co_await elsewhere.close();
    CHECK(world.pending("jobs", "workers") == 9);
    CHECK(world.server.command({"ZCARD", "jobs:sluice:workers:released"}) == "9");
  });
}

TEST_CASE("an entry that is given back comes again, counted, and not before its time") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    group_consumer self(world.redis, group("workers").consumer("self").stream("jobs"));
    auto job = co_await self.get_entry();
    co_await std::move(*job).nack();
    auto again = co_await self.get_entry(5s);
    REQUIRE(again);
    CHECK(again->delivery_count() == 2);
    const auto since = std::chrono::steady_clock::now();
    co_await std::move(*again).nack(400ms);
    auto third = co_await self.get_entry(5s);
    REQUIRE(third);
    CHECK(third->delivery_count() == 3);
    CHECK(std::chrono::steady_clock::now() - since >= 400ms);
    co_await std::move(*third).ack();
    CHECK(world.pending("jobs", "workers") == 0);
  });
}

TEST_CASE("a suspect entry does not keep waiting a member that keeps no leases") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    group_consumer self(world.redis, group("workers").consumer("self").stream("jobs").prefetch(0));
    auto first = co_await self.get_entry(5s);
    REQUIRE(first);
    const auto id = world.server.command({"XADD", "jobs", "*", "n", "1"});
    world.server.command({"XREADGROUP", "GROUP", "workers", "dead", "STREAMS", "jobs", ">"});
    world.server.command(
        {"XCLAIM", "jobs", "workers", "sluice:orphaned", "0", id, "RETRYCOUNT", "2", "JUSTID"});
    world.server.command({"ZADD", "jobs:sluice:workers:released", "0", id});
    // In hand is still the first, which may be settled only once there is more.
    auto suspect = co_await self.get_entry(5s);
    REQUIRE(suspect);
    CHECK(suspect->id_text() == id);
    world.add("jobs", 1, 2);
    const auto third = co_await numbers(self, 1);
    CHECK(third == series(1, 2));
  });
}

TEST_CASE("a zombie that wakes up after its entries were claimed can settle none of them") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 2);
    auto elsewhere = world.connect(world.server.url());
    group_consumer zombie(elsewhere, member("zombie"));
    auto first = co_await zombie.get_entry();
    auto second = co_await zombie.get_entry();
    bool told = false;
    first->when_lease_lost([&told] { told = true; });
    world.server.command(
        {"XCLAIM", "jobs", "workers", "thief", "0", std::string(first->id_text()).c_str()});
    co_await until([&] { return first->lease_lost(); });
    CHECK(told);
    CHECK(code_of([&] { std::move(*first).ack_later(); }) == sluice::errc::lease_lost);
    co_await std::move(*second).ack();
    CHECK(world.pending("jobs", "workers") == 1);
  });
  CHECK(world.events.count<sluice::events::lease_lost>() == 1);
}

}  // namespace
