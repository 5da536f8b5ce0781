// Replies that are lost after the command was executed: what they held is found again, and nothing
// is given out twice while somebody has it.

#include "support/catch.hpp"
#include "support/wakes.hpp"

#include <sluice/testing/fault_proxy.hpp>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

namespace {

using namespace scene;
using sluice::delivery;
using sluice::errc;
using sluice::group_consumer;
using sluice::waiting;
using sluice::testing::cut;
using sluice::testing::fault_proxy;

sluice::group rechecking_member() {
  return sluice::group("g").consumer("c").stream("s").recheck_interval(1s);
}

TEST_CASE("entries of a lost reply come again through the backlog, once, beside those in hand") {
  const bool from_backlog = GENERATE(true, false);
  stream_world world;
  fault_proxy proxy(world.server);
  auto redis = world.connect(proxy.unix_url());
  group_consumer in(redis, rechecking_member().replay_pending(from_backlog));
  world.play([&]() -> asio::awaitable<void> {
    world.add("s", 5);
    std::vector<delivery> held;
    for (int i = 0; i < 5; ++i) {
      auto next = co_await in.get_entry();
      REQUIRE(next);
      held.push_back(*std::move(next));
    }
    const auto none = co_await in.get_entry(waiting::none());
    CHECK_FALSE(none);
    // The bell rings; the answer to the arming passes, that of the read is lost.
    proxy.replies().lose(2);
    world.add("s", 3, 5);
    for (int i = 5; i < 8; ++i) {
      auto next = co_await in.get_entry(waiting(5s));
      REQUIRE(next);
      CHECK(number_of(*next) == i);
      CHECK(next->redelivered());
      held.push_back(*std::move(next));
    }
    CHECK(redis.counters().links_lost == 1);
    const auto no_more = co_await in.get_entry(waiting::none());
    CHECK_FALSE(no_more);
    CHECK(world.pending("s", "g") == 8);
    for (auto& each : held) std::move(each).ack_later();
    co_await in.flush();
    CHECK(world.pending("s", "g") == 0);
  });
}

TEST_CASE("an acknowledgement whose reply was lost is repeated, and counts as done") {
  stream_world world;
  fault_proxy proxy(world.server);
  auto redis = world.connect(proxy.unix_url());
  world.add("s", 1);
  group_consumer in(redis, rechecking_member());
  world.play([&]() -> asio::awaitable<void> {
    auto one = co_await in.get_entry();
    REQUIRE(one);
    const auto none = co_await in.get_entry(waiting::none());
    CHECK_FALSE(none);
    proxy.lose_reply();
    co_await std::move(*one).ack();
    CHECK(redis.counters().resent == 1);
    CHECK(world.calls("xack") == 2);
    CHECK(redis.counters().acknowledged == 1);
  });
  CHECK(world.events.count<sluice::events::acknowledgement_failed>() == 0);
}

TEST_CASE("an entry whose reply was lost may have been added, and that is what is said") {
  stream_world world;
  fault_proxy proxy(world.server);
  auto redis = world.connect(proxy.unix_url());
  sluice::producer out(redis);
  world.play([&]() -> asio::awaitable<void> {
    co_await out.add("s", sluice::fields("n", "0"));
    proxy.lose_reply();
    const auto why = co_await failure_of(out.add("s", sluice::fields("n", "1")));
    CHECK(why.code() == errc::outcome_unknown);
    CHECK(world.server.command({"XLEN", "s"}) == "2");
  });
}

TEST_CASE("what is acknowledged while the backlog is read does not come again") {
  stream_world world;
  fault_proxy proxy(world.server);
  auto redis = world.connect(proxy.unix_url());
  group_consumer in(redis, rechecking_member());
  world.play([&]() -> asio::awaitable<void> {
    world.add("s", 50);
    auto held = co_await in.get_batch(50);
    REQUIRE(held.size() == 50);
    const auto none = co_await in.get_entry(waiting::none());
    CHECK_FALSE(none);
    proxy.replies().lose(2);
    proxy.replies().delay(3ms);
    world.add("s", 1, 50);
    // All through the reconnect and the reading of the backlog.
    for (auto& each : held) {
      std::move(each).ack_later();
      co_await pause(1ms);
    }
    const auto rest = co_await numbers(in, 60, waiting(300ms));
    CHECK(rest == series(1, 50));
    co_await in.flush();
    CHECK(world.pending("s", "g") == 0);
  });
}

TEST_CASE("a link that is cut at any reply loses nothing and doubles nothing in hand") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  waking_world world(as);
  fault_proxy proxy(world.server);
  auto how = world.options(proxy.unix_url());
  sluice::client redis(world.io.get_executor(), how);
  group_consumer in(redis, world.member().prefetch(4));
  world.play([&]() -> asio::awaitable<void> {
    std::map<int, int> seen;
    std::set<int> in_hand;
    for (int i = 0; i < 3; ++i) {
      world.beside([&]() -> asio::awaitable<void> {
        for (;;) {
          auto next = co_await in.get_entry();
          if (!next) co_return;
          const int n = number_of(*next);
          CHECK(in_hand.insert(n).second);
          ++seen[n];
          co_await pause(1ms);
          in_hand.erase(n);
          co_await std::move(*next).ack();
        }
      });
    }
    for (int round = 0; round < 20; ++round) {
      proxy.replies().lose(static_cast<std::uint64_t>(1 + round % 7),
                           round % 2 == 0 ? cut::reset : cut::close);
      world.add("s", 10, 10 * round);
      co_await until([&] { return std::ssize(seen) == 10 * round + 10; });
    }
    proxy.heal();
    co_await until([&] { return world.pending("s", "g") == 0; });
    CHECK(seen.size() == 200);
    in.close();
  });
}

TEST_CASE("a reply that is not what it should be is refused, and read again as the backlog") {
  stream_world world;
  fault_proxy proxy(world.server);
  auto how = world.options(proxy.unix_url());
  how.health_check(50ms).health_timeout(50ms);
  sluice::client redis(world.io.get_executor(), how);
  group_consumer in(redis, rechecking_member());
  world.play(
      [&]() -> asio::awaitable<void> {
        const auto none = co_await in.get_entry(waiting::none());
        CHECK_FALSE(none);
        world.add("s", 1);
        const auto one = co_await numbers(in, 1);
        CHECK(one == series(1));
        // The frame breaks, or its length, or its shape, or only a byte of the payload.
        for (int byte = 0; byte < 40; byte += 3) {
          proxy.replies().corrupt(static_cast<std::uint64_t>(byte), 0x04);
          world.add("s", 1, byte + 1);
          std::vector<int> found;
          while (found.empty()) {
            try {
              found = co_await numbers(in, 1, waiting(5s));
            } catch (const sluice::error&) {
              // Told, and tried again.
            }
          }
        }
      },
      40s);
}

TEST_CASE("a reply that is cut at any byte loses no entry and hands none out in part") {
  stream_world world;
  fault_proxy proxy(world.server);
  auto how = world.options(proxy.unix_url());
  sluice::client redis(world.io.get_executor(), how.backoff(1ms, 5ms));
  group_consumer in(redis, rechecking_member());
  world.play([&]() -> asio::awaitable<void> {
    const auto none = co_await in.get_entry(waiting::none());
    CHECK_FALSE(none);
    // A bell, the answer to the arming and that to the read are some 80 bytes.
    for (int bytes = 0; bytes < 100; ++bytes) {
      proxy.replies().truncate(static_cast<std::uint64_t>(bytes),
                               bytes % 2 == 0 ? cut::reset : cut::close);
      world.add("s", 1, bytes);
      const auto found = co_await numbers(in, 1);
      CHECK(found == series(1, bytes));
      proxy.heal();
      co_await in.flush();
    }
    CHECK(world.pending("s", "g") == 0);
    CHECK(redis.counters().links_lost >= 70);
  });
}

TEST_CASE("a link that fell silent is replaced, and what came meanwhile is there") {
  const auto as = GENERATE(from_range(each_reading()));
  const int direction = GENERATE(0, 1, 2);
  CAPTURE(as, direction);
  waking_world world(as);
  fault_proxy proxy(world.server);
  auto how = world.options(proxy.unix_url());
  how.health_check(100ms).health_timeout(100ms).connect_timeout(500ms);
  sluice::client redis(world.io.get_executor(), how);
  group_consumer in(redis, world.member());
  world.play([&]() -> asio::awaitable<void> {
    world.add("s", 1);
    const auto one = co_await numbers(in, 1);
    CHECK(one == series(1));
    co_await in.flush();
    if (direction != 1) proxy.requests().drop();
    if (direction != 0) proxy.replies().drop();
    co_await until([&] { return redis.counters().links_lost >= 1; });
    world.add("s", 3, 1);
    proxy.heal();
    // What a lost reply held comes behind what was read after it.
    std::set<int> rest;
    while (rest.size() < 3) {
      const auto next = co_await numbers(in, 1, waiting(8s));
      REQUIRE(next.size() == 1);
      CHECK(rest.insert(next[0]).second);
    }
    CHECK(rest == std::set{1, 2, 3});
    co_await in.flush();
    co_await until([&] { return world.pending("s", "g") == 0; });
  });
}

TEST_CASE("a link that passes single bytes changes nothing but the time") {
  stream_world world;
  fault_proxy proxy(world.server);
  auto redis = world.connect(proxy.unix_url());
  group_consumer in(redis, rechecking_member());
  sluice::consumer reader(redis, sluice::streams("s", sluice::start::earliest()));
  sluice::producer out(redis);
  world.play([&]() -> asio::awaitable<void> {
    proxy.requests().slice(1);
    proxy.replies().slice(1);
    for (int i = 0; i < 30; ++i) co_await out.add("s", sluice::fields("n", std::to_string(i)));
    const auto found = co_await numbers(in, 30);
    CHECK(found == series(30));
    const auto read = co_await numbers(reader, 30);
    CHECK(read == series(30));
    co_await in.flush();
    CHECK(world.pending("s", "g") == 0);
  });
  CHECK(redis.counters().links_lost == 0);
}

// How long links are killed, twenty times a second. One second in the suite; more on demand.
int seconds_of_kills() {
  const char* const text = std::getenv("SLUICE_TEST_KILL_SECONDS");
  return text == nullptr ? 1 : std::max(std::atoi(text), 1);
}

TEST_CASE("links that are killed all the time lose no entry and no acknowledgement") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  waking_world world(as);
  auto how = world.options(world.server.url());
  how.backoff(1ms, 20ms);
  sluice::client redis(world.io.get_executor(), how), source(world.io.get_executor(), how);
  group_consumer in(redis, world.member().prefetch(10));
  sluice::producer out(source);
  world.play(
      [&]() -> asio::awaitable<void> {
        int added = 0;
        bool done = false;
        std::map<int, int> seen;
        std::set<int> acknowledged;
        world.beside([&]() -> asio::awaitable<void> {
          while (!done) {
            bool stored = false;
            while (!stored) {
              try {
                co_await out.add("s", sluice::fields("n", std::to_string(added)));
                stored = true;
              } catch (const sluice::error& why) {
                // Adding it again may double it, which the checker counts.
                CHECK(why.code() == errc::outcome_unknown);
              }
            }
            ++added;
            if (added % 20 == 0) co_await pause(1ms);
          }
        });
        for (int i = 0; i < 4; ++i) {
          world.beside([&]() -> asio::awaitable<void> {
            for (;;) {
              auto next = co_await in.get_entry();
              if (!next) co_return;
              const auto id = next->id();
              const int n = number_of(*next);
              ++seen[n];
              co_await std::move(*next).ack();
              acknowledged.insert(n);
              CHECK(id != sluice::entry_id());
            }
          });
        }
        for (int i = 0; i < 20 * seconds_of_kills(); ++i) {
          co_await pause(50ms);
          world.server.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
        }
        done = true;
        co_await until([&] { return std::ssize(acknowledged) == added; });
        co_await until([&] { return world.pending("s", "g") == 0; });
        CHECK(added > 50);
        for (int i = 0; i < added; ++i) CHECK(seen.contains(i));
        CHECK(redis.counters().links_lost >= 10);
        in.close();
      },
      30s + 2s * seconds_of_kills());
}

TEST_CASE("what the server gives to a namesake that died unseen comes to its successor") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  waking_world world(as);
  fault_proxy proxy(world.server);
  sluice::client dead(world.io.get_executor(), world.options(proxy.unix_url()));
  group_consumer before(dead, world.member());
  group_consumer in(world.redis, world.member().recheck_interval(1s));
  world.play([&]() -> asio::awaitable<void> {
    const auto none = co_await before.get_entry(waiting(50ms));
    CHECK_FALSE(none);
    world.beside([&]() -> asio::awaitable<void> { co_await before.get_entry(waiting(30s)); });
    co_await pause(100ms);
    // Its machine is cut off: the server hears no end of its links.
    proxy.requests().hold();
    proxy.replies().drop();
    std::vector<int> found;
    world.beside([&]() -> asio::awaitable<void> { found = co_await numbers(in, 2); });
    co_await pause(300ms);
    world.add("s", 2);
    co_await until([&] { return found.size() == 2; });
    std::sort(found.begin(), found.end());
    CHECK(found == series(2));
  });
}

}  // namespace
