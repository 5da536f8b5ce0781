// What members of a group send, as the server sees it: the beats that members of other makes hear,
// and the changes of owners that they see in the pending list.

#include "integration/monitor.hpp"
#include "support/stream_world.hpp"

namespace {

using namespace scene;
using sluice::group;
using sluice::group_consumer;
using lines = std::vector<std::string>;

// The silence is long, as reading the monitor's lines holds the beats up for a moment.
group member() {
  return group("workers").consumer("m").stream("jobs").heartbeat(50ms).claim_timeout(3s);
}

struct watched_world : stream_world {
  watched_world() : watch(server) {}

  void add(const std::string& id) { server.command({"XADD", "jobs", id, "n", "1"}); }
  /// What was sent so far of commands of these names; of the same one several times in a row, one.
  /// Without the acknowledgement of nothing, which asks whether the rest may be fenced.
  lines sent(const std::string& words) {
    auto found = watch.commands(words);
    std::erase(found, R"("XACK" "jobs" "workers" "0-0")");
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
  }

  /// What was sent so far does not count.
  void forget() { watch.commands("none"); }

  monitor watch;
};

TEST_CASE("a member beats its bare name on the channel that is called like the group") {
  watched_world world;
  world.play([&]() -> asio::awaitable<void> {
    group_consumer self(world.redis, member());
    co_await self.get_entry(525ms);
    const auto sent = world.watch.commands("SUBSCRIBE|PUBLISH");
    REQUIRE(sent.size() > 5);
    CHECK(sent.size() < 15);
    CHECK(sent.front() == R"("SUBSCRIBE" "workers")");
    CHECK(std::count(sent.begin() + 1, sent.end(), R"("PUBLISH" "workers" "m")") ==
          static_cast<std::ptrdiff_t>(sent.size()) - 1);
  });
}

TEST_CASE("a new group begins with the oldest entry, and what is acknowledged is so at once") {
  watched_world world;
  world.add("7-1");
  world.play([&]() -> asio::awaitable<void> {
    group_consumer self(world.redis, member().prefetch(10));
    auto job = co_await self.get_entry();
    co_await std::move(*job).ack();
    const lines expected{R"("XGROUP" "CREATE" "jobs" "workers" "0-0" "MKSTREAM")",
                         R"("XREADGROUP" "GROUP" "workers" "m" "COUNT" "10" "STREAMS" "jobs" ">")",
                         R"("XACK" "jobs" "workers" "7-1")"};
    CHECK(world.sent("XGROUP|XREADGROUP|XACK") == expected);
  });
}

TEST_CASE(
    "a member that comes back reads what it left pending, as much as there is, and then what is "
    "new") {
  watched_world world;
  world.add("7-1");
  world.server.command({"XGROUP", "CREATE", "jobs", "workers", "0"});
  world.server.command({"XREADGROUP", "GROUP", "workers", "m", "STREAMS", "jobs", ">"});
  world.forget();
  world.play([&]() -> asio::awaitable<void> {
    group_consumer self(world.redis, member());
    auto job = co_await self.get_entry();
    const auto nothing = co_await self.get_entry(100ms);
    CHECK_FALSE(nothing);
    const lines expected{
        R"("XREADGROUP" "GROUP" "workers" "m" "COUNT" "1" "STREAMS" "jobs" "7-0")",
        R"("XREADGROUP" "GROUP" "workers" "m" "COUNT" "100" "STREAMS" "jobs" ">")"};
    CHECK(world.sent("XREADGROUP") == expected);
    co_await std::move(*job).ack();
  });
}

TEST_CASE("a lease is renewed by claiming what is one's own, without counting a delivery") {
  watched_world world;
  world.add("7-1");
  world.play([&]() -> asio::awaitable<void> {
    group_consumer self(world.redis, member().claim_timeout(1s));
    auto job = co_await self.get_entry();
    co_await pause(400ms);
    CHECK(world.sent("XCLAIM") == lines{R"("XCLAIM" "jobs" "workers" "m" "0" "7-1" "JUSTID")"});
    co_await std::move(*job).ack();
  });
}

TEST_CASE("what is given back is nobody's, and whoever takes it has one more delivery") {
  watched_world world;
  world.add("7-1");
  world.play([&]() -> asio::awaitable<void> {
    group_consumer self(world.redis, member());
    auto job = co_await self.get_entry();
    co_await std::move(*job).nack();
    auto again = co_await self.get_entry(5s);
    REQUIRE(again);
    co_await std::move(*again).ack();
    const lines expected{
        R"("XCLAIM" "jobs" "workers" "sluice:released" "0" "7-1" "JUSTID" "RETRYCOUNT" "1")",
        R"("XCLAIM" "jobs" "workers" "m" "0" "7-1")", R"("XACK" "jobs" "workers" "7-1")"};
    CHECK(world.sent("XCLAIM|XACK") == expected);
  });
}

TEST_CASE(
    "what is taken from the silent is nobody's first, and then goes to whoever has hands free") {
  watched_world world;
  world.add("7-1");
  world.server.command({"XGROUP", "CREATE", "jobs", "workers", "0"});
  world.server.command({"XREADGROUP", "GROUP", "workers", "dead", "STREAMS", "jobs", ">"});
  world.play([&]() -> asio::awaitable<void> {
    group_consumer self(world.redis, member().claim_timeout(300ms));
    auto job = co_await self.get_entry(5s);
    REQUIRE(job);
    co_await std::move(*job).ack();
    const lines expected{R"("XCLAIM" "jobs" "workers" "sluice:orphaned" "0" "7-1" "JUSTID")",
                         R"("XCLAIM" "jobs" "workers" "m" "0" "7-1")",
                         R"("XACK" "jobs" "workers" "7-1")"};
    CHECK(world.sent("XCLAIM|XACK") == expected);
  });
}

}  // namespace
