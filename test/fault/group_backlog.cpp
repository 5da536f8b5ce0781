// What a member left pending, read again while its pending list grows.
#include "support/stream_world.hpp"

#include <algorithm>
#include <iterator>

namespace {

using namespace scene;
using sluice::group;
using sluice::group_consumer;

group member() {
  return group("workers").consumer("m").stream("jobs").prefetch(0).wait(500ms).heartbeat(50ms);
}

struct backlog_world : stream_world {
  /// The first entries are nobody's and there to be taken, the others are pending for the member.
  backlog_world(int nobodys, int members) {
    add("jobs", nobodys + members);
    server.command({"XGROUP", "CREATE", "jobs", "workers", "0"});
    read_as("gone", nobodys);
    read_as("m", members);
    server.command({"EVAL",
                    "for _, p in ipairs(redis.call('XPENDING', KEYS[1], 'workers', '-', '+', 100, "
                    "'gone')) do redis.call('XCLAIM', KEYS[1], 'workers', 'sluice:orphaned', 0, "
                    "p[1], 'JUSTID') redis.call('ZADD', KEYS[2], 0, p[1]) end",
                    "2", "jobs", "jobs:sluice:workers:released"});
  }
  /// How often all that is pending was delivered in all, as the server counts.
  int deliveries() {
    return std::stoi(server.command(
        {"EVAL",
         "local sum = 0 for _, p in ipairs(redis.call('XPENDING', KEYS[1], 'workers', '-', '+', "
         "100)) do sum = sum + p[4] end return sum",
         "1", "jobs"}));
  }

 private:
  void read_as(const char* name, int count) {
    const auto entries = std::to_string(count);
    server.command(
        {"XREADGROUP", "GROUP", "workers", name, "COUNT", entries.c_str(), "STREAMS", "jobs", ">"});
  }
};

/// Has the server learn the scripts, so that they are executed as soon as they are asked for.
asio::awaitable<void> give_back_and_take(sluice::client redis) {
  sluice::producer out(redis);
  co_await out.add("other", sluice::fields("n", "0"));
  group_consumer self(redis, group("workers").stream("other"));
  auto job = co_await self.get_entry();
  co_await std::move(*job).nack();
  auto again = co_await self.get_entry();
  co_await std::move(*again).ack();
}

TEST_CASE("a member that comes back and takes over older entries at once misses none of its own") {
  const int nobodys = GENERATE(1, 3, 20);
  const int members = GENERATE(1, 3, 20);
  backlog_world world(nobodys, members);
  world.play([&]() -> asio::awaitable<void> {
    co_await give_back_and_take(world.redis);
    group_consumer self(world.redis, member());
    std::vector<sluice::delivery> held;
    for (;;) {
      auto batch = co_await self.get_batch(10);
      if (batch.empty()) break;
      std::move(batch.begin(), batch.end(), std::back_inserter(held));
    }
    std::vector<int> found;
    for (const auto& each : held) found.push_back(number_of(each));
    std::sort(found.begin(), found.end());
    CHECK(found == series(nobodys + members));
    // Each was delivered twice: to who had it before, and now.
    CHECK(world.deliveries() == 2 * (nobodys + members));
    for (auto& each : held) std::move(each).ack_later();
    co_await self.flush();
    CHECK(world.pending("jobs", "workers") == 0);
  });
}

}  // namespace
