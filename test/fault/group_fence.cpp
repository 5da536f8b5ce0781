// Fenced acknowledgements whose link breaks or stalls.
#include "support/group_members.hpp"

#include <sluice/testing/fault_proxy.hpp>

namespace {

using namespace scene;
using sluice::group_consumer;
using sluice::testing::fault_proxy;

sluice::group patient_member() {
  return sluice::group("workers").consumer("c").stream("jobs").claim_timeout(60s);
}

/// A member that acknowledges by transactions, with entries in hand, behind a proxy.
struct cut_off_world : stream_world {
  explicit cut_off_world(int entries)
      : proxy(server), member(*this, patient_member(), proxy.url()) {
    add("jobs", entries + 3);
    play([this, entries]() -> asio::awaitable<void> {
      for (int i = 0; i < 3; ++i) {
        auto one = co_await member.self->get_entry(5s);
        REQUIRE(one);
        co_await std::move(*one).ack();
      }
      while (member.held.size() < static_cast<std::size_t>(entries)) {
        auto some = co_await member.self->get_batch(100);
        for (auto& each : some) member.held.push_back(std::move(each));
      }
    });
  }

  fault_proxy proxy;
  process member;
};

TEST_CASE("a fenced acknowledgement whose answer is lost is no failure") {
  cut_off_world world(1);
  world.play([&]() -> asio::awaitable<void> {
    world.proxy.lose_reply();
    co_await std::move(world.member.held[0]).ack();
    CHECK(world.pending("jobs", "workers") == 0);
  });
  CHECK(world.member.redis.counters().links_lost == 1);
  CHECK(world.member.redis.counters().outcomes_unknown == 0);
  CHECK(world.events.count<sluice::events::acknowledgement_failed>() == 0);
}

TEST_CASE("of a fenced acknowledgement that is cut at any byte, all arrives on the next link") {
  const auto bytes = GENERATE(0U, 1U, 30U, 75U, 140U, 150U, 170U, 190U, 230U, 500U);
  CAPTURE(bytes);
  cut_off_world world(20);
  world.play([&]() -> asio::awaitable<void> {
    world.proxy.requests().truncate(bytes);
    for (auto& each : world.member.held) std::move(each).ack_later();
    co_await world.member.self->flush();
    CHECK(world.pending("jobs", "workers") == 0);
    CHECK(world.member.redis.counters().acknowledged == 23);
  });
  CHECK(world.member.redis.counters().links_lost == 1);
  CHECK(world.events.count<sluice::events::acknowledgement_failed>() == 0);
}

TEST_CASE("of many acknowledgements that were under way during a robbery, each finds its own") {
  cut_off_world world(30);
  world.play([&]() -> asio::awaitable<void> {
    world.proxy.requests().hold();
    auto& held = world.member.held;
    const std::string lost(held[10].id_text());
    for (auto& each : held) {
      std::move(each).ack_later();
      co_await pause(1ms);
    }
    world.server.command({"EVAL",
                          "redis.call('SET', KEYS[2], 1, 'PX', 60000) return "
                          "redis.call('XCLAIM', KEYS[1], 'workers', 'thief', 0, ARGV[1])",
                          "2", "jobs", "jobs:sluice:workers:robbed:c", lost});
    world.proxy.requests().release();
    co_await world.member.self->flush();
    CHECK(world.pending("jobs", "workers") == 1);
    CHECK(world.member.redis.counters().acknowledged == 32);
  });
  CHECK(world.events.count<sluice::events::acknowledgement_failed>() == 1);
}

TEST_CASE("a robbery in the middle of a fenced acknowledgement is seen") {
  // Behind WATCH, behind PEXPIRE, and inside of XACK.
  const auto bytes = GENERATE(62U, 125U, 145U, 160U);
  CAPTURE(bytes);
  cut_off_world world(1);
  world.play([&]() -> asio::awaitable<void> {
    auto& held = world.member.held;
    const std::string lost(held[0].id_text());
    world.proxy.requests().slice(bytes, 300ms);
    std::move(held[0]).ack_later();
    co_await pause(150ms);
    world.server.command({"EVAL",
                          "redis.call('SET', KEYS[2], 1, 'PX', 60000) return "
                          "redis.call('XCLAIM', KEYS[1], 'workers', 'thief', 0, ARGV[1])",
                          "2", "jobs", "jobs:sluice:workers:robbed:c", lost});
    co_await world.member.self->flush();
    CHECK(world.pending("jobs", "workers") == 1);
  });
  CHECK(world.events.count<sluice::events::acknowledgement_failed>() == 1);
}

TEST_CASE("close waits for what a robbery has sent the slow way") {
  cut_off_world world(2);
  world.play([&]() -> asio::awaitable<void> {
    world.server.command({"SET", "jobs:sluice:workers:robbed:c", "1", "PX", "60000"});
    for (auto& each : world.member.held) std::move(each).ack_later();
    co_await world.member.redis.close();
    CHECK(world.pending("jobs", "workers") == 0);
  });
}

}  // namespace
