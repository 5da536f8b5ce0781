// Being woken: by a bell, by a blocking read, by the clock. What holds for one holds for all.

#include "support/catch.hpp"
#include "support/wakes.hpp"

#include <map>

namespace {

using namespace scene;
using sluice::consumer;
using sluice::group_consumer;
using sluice::start;
using sluice::waiting;

// Far below the net, far above what a loaded machine needs.
constexpr auto soon = 3s;

TEST_CASE("a member that waits is woken by an entry that somebody else adds") {
  const auto as = GENERATE(from_range(every_waking()));
  CAPTURE(as);
  waking_world world(as);
  group_consumer in(world.redis, world.member());
  world.play([&]() -> asio::awaitable<void> {
    std::vector<int> found;
    world.beside([&]() -> asio::awaitable<void> { found = co_await numbers(in, 10); });
    for (int i = 0; i < 10; ++i) {
      co_await pause(i < 3 ? 20ms : 1ms);
      world.add("s", 1, i);
    }
    co_await until([&] { return found == series(10); }, soon);
    co_await in.flush();
    CHECK(world.pending("s", "g") == 0);
  });
  CHECK(world.redis.server().doorbell() ==
        (as.may_track ? sluice::doorbell_state::proven : sluice::doorbell_state::absent));
  CHECK(world.events.count<sluice::events::doorbell_unavailable>() >= (as.may_track ? 0U : 1U));
}

TEST_CASE("a reader that waits is woken by an entry that somebody else adds") {
  const auto as = GENERATE(from_range(every_waking()));
  CAPTURE(as);
  waking_world world(as);
  consumer in(world.redis, world.reader());
  world.play([&]() -> asio::awaitable<void> {
    std::vector<int> found;
    world.beside([&]() -> asio::awaitable<void> { found = co_await numbers(in, 10); });
    for (int i = 0; i < 10; ++i) {
      co_await pause(i < 3 ? 20ms : 1ms);
      world.add("s", 1, i);
    }
    co_await until([&] { return found == series(10); }, soon);
  });
}

TEST_CASE("one's own entries wake as well, on the same connection") {
  const auto as = GENERATE(from_range(every_waking()));
  CAPTURE(as);
  waking_world world(as);
  group_consumer in(world.redis, world.member());
  sluice::producer out(world.redis);
  world.play([&]() -> asio::awaitable<void> {
    std::vector<int> found;
    world.beside([&]() -> asio::awaitable<void> { found = co_await numbers(in, 20); });
    for (int i = 0; i < 20; ++i) {
      co_await out.add("s", sluice::fields("n", std::to_string(i)));
      if (i % 7 == 0) co_await pause(5ms);
    }
    co_await until([&] { return found == series(20); }, soon);
  });
}

TEST_CASE("bursts and trickles go through several coroutines, each entry once") {
  const auto as = GENERATE(from_range(every_waking()));
  CAPTURE(as);
  waking_world world(as);
  group_consumer in(world.redis, world.member().prefetch(16));
  world.play([&]() -> asio::awaitable<void> {
    std::vector<int> all;
    for (int i = 0; i < 4; ++i) {
      world.beside([&]() -> asio::awaitable<void> {
        for (auto next = co_await in.get_entry(); next; next = co_await in.get_entry()) {
          all.push_back(number_of(*next));
          co_await std::move(*next).ack();
        }
      });
    }
    int added = 0;
    for (const int burst : {1, 300, 16, 17, 1, 15, 32, 1, 100}) {
      world.add("s", burst, added);
      added += burst;
      if (burst == 1) co_await until([&] { return std::ssize(all) == added; }, soon);
    }
    co_await until([&] { return std::ssize(all) == added && world.pending("s", "g") == 0; }, soon);
    std::sort(all.begin(), all.end());
    CHECK(all == series(added));
    in.close();
  });
}

TEST_CASE("two members on connections of their own share the work, and nobody waits for the net") {
  const auto as = GENERATE(from_range(every_waking()));
  CAPTURE(as);
  waking_world world(as);
  auto other = sluice::client(world.io.get_executor(), world.redis.options());
  group_consumer a(world.redis, world.member("a").prefetch(0));
  group_consumer b(other, world.member("b").prefetch(0));
  world.play([&]() -> asio::awaitable<void> {
    std::vector<int> all;
    for (auto* each : {&a, &b}) {
      world.beside([&, each]() -> asio::awaitable<void> {
        for (auto next = co_await each->get_entry(); next; next = co_await each->get_entry()) {
          all.push_back(number_of(*next));
          co_await std::move(*next).ack();
        }
      });
    }
    for (int i = 0; i < 30; ++i) {
      world.add("s", 1, i);
      co_await until([&] { return std::ssize(all) == i + 1; }, soon);
    }
    std::sort(all.begin(), all.end());
    CHECK(all == series(30));
    a.close();
    b.close();
  });
}

TEST_CASE("not waiting at all is answered by the server") {
  const auto as = GENERATE(from_range(every_waking()));
  CAPTURE(as);
  waking_world world(as);
  world.add("s", 150);
  group_consumer in(world.redis, world.member().wait(waiting::none()));
  world.play([&]() -> asio::awaitable<void> {
    int found = 0;
    for (auto next = co_await in.get_entry(); next; next = co_await in.get_entry()) ++found;
    CHECK(found == 150);
  });
}

TEST_CASE("closing a waiting consumer and its client leaves no work behind") {
  const auto as = GENERATE(from_range(every_waking()));
  CAPTURE(as);
  waking_world world(as);
  {
    group_consumer in(world.redis, world.member());
    consumer reader(world.redis, world.reader());
    world.play([&]() -> asio::awaitable<void> {
      int ended = 0;
      world.beside([&]() -> asio::awaitable<void> {
        const auto none = co_await in.get_entry();
        ended += none ? 0 : 1;
      });
      world.beside([&]() -> asio::awaitable<void> {
        const auto none = co_await reader.get_entry();
        ended += none ? 0 : 1;
      });
      co_await pause(30ms);
      in.close();
      reader.close();
      co_await until([&] { return ended == 2; }, 1s);
    });
  }
  world.redis.stop();
  const auto begun = std::chrono::steady_clock::now();
  play_out(world.io, 5s);
  CHECK(std::chrono::steady_clock::now() - begun < 1s);
}

TEST_CASE("a parked reader costs the server next to nothing") {
  waking_world world({"doorbell", sluice::wake::doorbell});
  group_consumer in(world.redis, world.member());
  world.play([&]() -> asio::awaitable<void> {
    const auto none = co_await in.get_entry(20ms);
    CHECK_FALSE(none);
    const auto before = world.redis.counters();
    const auto still_none = co_await in.get_entry(300ms);
    CHECK_FALSE(still_none);
    const auto after = world.redis.counters();
    CHECK(after.commands - before.commands <= 2);
    // An entry then costs one ring, and one look more than it brings.
    world.add("s", 1);
    const auto one = co_await in.get_entry(soon);
    REQUIRE(one);
    CHECK(world.redis.counters().doorbells == after.doorbells + 1);
  });
}

TEST_CASE("many streams on one connection wake only who is meant") {
  stream_world world;
  std::vector<std::unique_ptr<group_consumer>> all;
  world.play([&]() -> asio::awaitable<void> {
    std::map<std::string, int> found;
    for (int i = 0; i < 100; ++i) {
      const auto name = "s" + std::to_string(i);
      all.push_back(std::make_unique<group_consumer>(
          world.redis, sluice::group("g").consumer("c").stream(name).recheck_interval(60s)));
      world.beside([&, i]() -> asio::awaitable<void> {
        auto& in = *all[static_cast<std::size_t>(i)];
        for (auto next = co_await in.get_entry(); next; next = co_await in.get_entry()) {
          ++found[next->stream()];
          std::move(*next).ack_later();
        }
      });
    }
    co_await until([&] { return world.redis.counters().empty_reads >= 100; });
    const auto reads = world.redis.counters().stream_reads;
    for (int i = 0; i < 100; i += 10) world.add("s" + std::to_string(i), 3);
    co_await until([&] { return found.size() == 10 && found["s90"] == 3; }, soon);
    for (const auto& [name, count] : found) CHECK(count == 3);
    CHECK(world.redis.counters().stream_reads - reads <= 40);
    for (auto& each : all) each->close();
  });
}

}  // namespace
