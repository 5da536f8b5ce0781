// A member of a group: making the group, taking its share, its backlog, reading ahead.

#include "support/catch.hpp"
#include "support/stream_world.hpp"

#include <map>
#include <set>
#include <thread>

namespace {

using namespace scene;
using sluice::delivery;
using sluice::entry_id;
using sluice::errc;
using sluice::group;
using sluice::group_consumer;
using sluice::start;
using sluice::waiting;

group member(const std::string& name = "c") {
  return group("g").consumer(name).stream("s").recheck_interval(1s);
}

TEST_CASE("the group is made where it is missing, and begins with what is stored") {
  stream_world world;
  world.add("s", 3);
  group_consumer in(world.redis, member());
  CHECK(in.group_name() == "g");
  CHECK(in.consumer_name() == "c");
  CHECK_FALSE(in.position("s"));
  world.play([&]() -> asio::awaitable<void> {
    auto first = co_await in.get_entry();
    REQUIRE(first);
    CHECK(first->group() == "g");
    CHECK(first->consumer() == "c");
    CHECK(first->stream() == "s");
    CHECK_FALSE(first->redelivered());
    CHECK(first->pending());
    CHECK(in.position("s") == first->id());
    co_await std::move(*first).ack();
    CHECK_FALSE(first->pending());
    const auto rest = co_await numbers(in, 2);
    CHECK(rest == series(2, 1));
    co_await in.flush();
    CHECK(world.pending("s", "g") == 0);
  });
}

TEST_CASE("a group begins where it is told: at the latest, after an id") {
  stream_world world;
  for (int i = 1; i <= 5; ++i) {
    const auto id = std::to_string(i) + "-0", n = std::to_string(i);
    world.server.command({"XADD", "s", id, "n", n});
  }
  group_consumer latest(world.redis, member().auto_create(start::latest()));
  group_consumer after(world.redis, group("h").stream("s").auto_create(start::after(entry_id(3))));
  world.play([&]() -> asio::awaitable<void> {
    const auto two = co_await numbers(after, 2);
    CHECK(two == std::vector{4, 5});
    const auto none = co_await latest.get_entry(waiting::none());
    CHECK_FALSE(none);
    world.server.command({"XADD", "s", "6-0", "n", "6"});
    const auto one = co_await numbers(latest, 1);
    CHECK(one == std::vector{6});
  });
}

TEST_CASE("a group that exists keeps its place, whatever the option says") {
  stream_world world;
  world.add("s", 5);
  world.server.command({"XGROUP", "CREATE", "s", "g", "$"});
  group_consumer in(world.redis, member().auto_create(start::earliest()));
  world.play([&]() -> asio::awaitable<void> {
    const auto none = co_await in.get_entry(waiting::none());
    CHECK_FALSE(none);
    world.add("s", 1, 5);
    const auto fresh = co_await numbers(in, 1);
    CHECK(fresh == series(1, 5));
  });
  CHECK(world.events.count<sluice::events::group_recreated>() == 0);
}

TEST_CASE("contradicting options are refused when the consumer is made") {
  stream_world world;
  const auto refused = [&](group what) {
    return code_of([&] { group_consumer(world.redis, what); }) == errc::invalid_argument;
  };
  CHECK(refused(group("g")));
  CHECK(refused(group("").stream("s")));
  CHECK(refused(group("g").stream("s").auto_create(start::last(3))));
}

TEST_CASE("a member without a name is given one that is its own") {
  stream_world world;
  group_consumer a(world.redis, group("g").stream("s"));
  group_consumer b(world.redis, group("g").stream("s"));
  CHECK_FALSE(a.consumer_name().empty());
  CHECK(a.consumer_name() != b.consumer_name());
}

TEST_CASE("without making groups a missing one is named once, and found when it is made") {
  const bool backlog = GENERATE(true, false);
  stream_world world;
  group_consumer in(world.redis, member().no_auto_create().replay_pending(backlog));
  world.play([&]() -> asio::awaitable<void> {
    const auto why = co_await failure_of(in.get_entry());
    CHECK(why.code() == errc::no_group);
    CHECK(why.why().stream() == "s");
    CHECK(why.why().group() == "g");
    const auto none = co_await in.get_entry(100ms);
    CHECK_FALSE(none);
    CHECK(world.server.command({"EXISTS", "s"}) == "0");
    world.server.command({"XGROUP", "CREATE", "s", "g", "0", "MKSTREAM"});
    world.add("s", 2);
    const auto found = co_await numbers(in, 2);
    CHECK(found == series(2));
  });
}

TEST_CASE("what is pending under the name comes first, marked, then what is new") {
  stream_world world;
  world.add("s", 10);
  world.play([&]() -> asio::awaitable<void> {
    {
      group_consumer before(world.redis, member().prefetch(4));
      const auto one = co_await before.get_entry();
      CHECK(one);
    }
    world.add("s", 1, 10);
    CHECK(world.pending("s", "g") == 4);
    group_consumer in(world.redis, member());
    std::vector<int> found;
    for (int i = 0; i < 11; ++i) {
      auto next = co_await in.get_entry();
      REQUIRE(next);
      found.push_back(number_of(*next));
      CHECK(next->redelivered() == (i < 4));
      co_await std::move(*next).ack();
    }
    CHECK(found == series(11));
    CHECK(world.pending("s", "g") == 0);
  });
}

TEST_CASE("a long backlog is read page by page, and nothing of it twice") {
  stream_world world;
  world.add("s", 1'234);
  world.server.command({"XGROUP", "CREATE", "s", "g", "0"});
  world.server.command({"XREADGROUP", "GROUP", "g", "c", "COUNT", "1000", "STREAMS", "s", ">"});
  const bool ack = GENERATE(true, false);
  group_consumer in(world.redis, member());
  world.play([&]() -> asio::awaitable<void> {
    std::vector<delivery> kept;
    for (int i = 0; i < 1'234; ++i) {
      auto next = co_await in.get_entry();
      REQUIRE(next);
      REQUIRE(number_of(*next) == i);
      if (ack) {
        std::move(*next).ack_later();
      } else {
        kept.push_back(*std::move(next));
      }
    }
    const auto none = co_await in.get_entry(waiting::none());
    CHECK_FALSE(none);
    CHECK(world.pending("s", "g") == (ack ? 0 : 1'234));
  });
}

TEST_CASE("without the backlog, old pending entries are left alone") {
  stream_world world;
  world.add("s", 3);
  world.server.command({"XGROUP", "CREATE", "s", "g", "0"});
  world.server.command({"XREADGROUP", "GROUP", "g", "c", "COUNT", "2", "STREAMS", "s", ">"});
  group_consumer in(world.redis, member().replay_pending(false));
  world.play([&]() -> asio::awaitable<void> {
    const auto found = co_await numbers(in, 2, waiting::none());
    CHECK(found == std::vector{2});
    co_await in.flush();
    CHECK(world.pending("s", "g") == 2);
  });
}

TEST_CASE("pending entries whose payload is gone are skipped, acknowledged and told") {
  stream_world world;
  world.add("s", 6);
  world.server.command({"XGROUP", "CREATE", "s", "g", "0"});
  world.server.command({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">"});
  const bool all = GENERATE(false, true);
  world.server.command({"XTRIM", "s", "MAXLEN", all ? "0" : "2"});
  world.add("s", 1, 6);
  group_consumer in(world.redis, member());
  world.play([&]() -> asio::awaitable<void> {
    const auto left = all ? 0 : 2;
    const auto found = co_await numbers(in, static_cast<std::size_t>(left) + 1);
    CHECK(found == series(left + 1, 6 - left));
    co_await in.flush();
    CHECK(world.pending("s", "g") == 0);
    CHECK(world.events.count<sluice::events::payload_lost>() == static_cast<std::size_t>(6 - left));
  });
}

TEST_CASE("whoever is told of a lost payload may close the consumer at once") {
  stream_world world;
  world.add("s", 4);
  world.server.command({"XGROUP", "CREATE", "s", "g", "0"});
  world.server.command({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">"});
  world.server.command({"XTRIM", "s", "MAXLEN", "2"});
  std::optional<group_consumer> in;
  auto options = world.options(world.server.url());
  options.on_event([&](const sluice::event& what) {
    if (std::holds_alternative<sluice::events::payload_lost>(what)) in->close();
  });
  world.redis = sluice::client(world.io.get_executor(), options);
  in.emplace(world.redis, member());
  world.play([&]() -> asio::awaitable<void> {
    const auto none = co_await in->get_entry();
    CHECK_FALSE(none);
    CHECK(world.pending("s", "g") >= 2);
  });
}

TEST_CASE("an entry that is trimmed while it is worked on stays its holder's") {
  stream_world world;
  world.add("s", 2);
  group_consumer in(world.redis, member());
  world.play([&]() -> asio::awaitable<void> {
    auto held = co_await in.get_entry();
    REQUIRE(held);
    world.server.command({"XTRIM", "s", "MAXLEN", "0"});
    co_await std::move(*held).ack();
    const auto next = co_await numbers(in, 1);
    CHECK(next == series(1, 1));
  });
  CHECK(world.events.count<sluice::events::payload_lost>() == 0);
}

TEST_CASE("reading ahead goes as far as it is told, and no further") {
  const std::size_t prefetch = GENERATE(0U, 1U, 2U, 10U);
  stream_world world;
  world.add("s", 50);
  group_consumer in(world.redis, member().prefetch(prefetch));
  world.play([&]() -> asio::awaitable<void> {
    std::vector<delivery> kept;
    for (int i = 0; i < 30; ++i) {
      auto next = co_await in.get_entry();
      REQUIRE(next);
      REQUIRE(number_of(*next) == i);
      kept.push_back(*std::move(next));
      co_await world.redis.ping();
      const auto ahead = world.pending("s", "g") - (i + 1);
      REQUIRE(ahead >= 0);
      REQUIRE(ahead <= static_cast<int>(prefetch));
    }
  });
}

TEST_CASE("reading ahead is bounded in bytes, once the size of entries is known") {
  stream_world world;
  const std::string large(10'000, 'x');
  for (int i = 0; i < 60; ++i) {
    const auto n = std::to_string(i);
    world.server.command({"XADD", "s", "*", "n", n, "x", large});
  }
  group_consumer in(world.redis, member().prefetch(5).prefetch_bytes(20'000));
  world.play([&]() -> asio::awaitable<void> {
    for (int i = 0; i < 60; ++i) {
      auto next = co_await in.get_entry();
      REQUIRE(next);
      REQUIRE(number_of(*next) == i);
      co_await std::move(*next).ack();
      co_await world.redis.ping();
      if (i >= 5) REQUIRE(world.pending("s", "g") <= 3);
    }
  });
}

TEST_CASE("one entry fits, however large it is") {
  stream_world world;
  const std::string large(200'000, 'x');
  for (int i = 0; i < 3; ++i) {
    const auto n = std::to_string(i);
    world.server.command({"XADD", "s", "*", "n", n, "x", large});
  }
  group_consumer in(world.redis, member().prefetch_bytes(100));
  world.play([&]() -> asio::awaitable<void> {
    const auto found = co_await numbers(in, 3);
    CHECK(found == series(3));
  });
}

TEST_CASE("a slow handler holds back the reading") {
  stream_world world;
  world.add("s", 1'000);
  group_consumer in(world.redis, member().prefetch(20));
  world.play([&]() -> asio::awaitable<void> {
    const auto one = co_await in.get_entry();
    REQUIRE(one);
    world.add("s", 1'000);
    co_await pause(50ms);
    CHECK(world.pending("s", "g") <= 21);
  });
}

TEST_CASE("a handler that never waits has more asked for while it works on what is here") {
  stream_world world;
  world.add("s", 40);
  group_consumer in(world.redis, member().prefetch(20));
  world.play([&]() -> asio::awaitable<void> {
    std::vector<delivery> kept;
    for (int i = 0; i < 10; ++i) {
      auto next = co_await in.get_entry();
      REQUIRE(next);
      kept.push_back(*std::move(next));
    }
    // Nothing here gives the thread back, so what has been asked for is on its way already.
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (world.pending("s", "g") == 20 && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(1ms);
    }
    CHECK(world.pending("s", "g") == 30);
  });
}

TEST_CASE("a batch of deliveries is what is at hand") {
  stream_world world;
  world.add("s", 30);
  group_consumer in(world.redis, member());
  world.play([&]() -> asio::awaitable<void> {
    auto ten = co_await in.get_batch(10);
    CHECK(ten.size() == 10);
    auto rest = co_await in.get_batch(100);
    CHECK(rest.size() == 20);
    for (auto& each : ten) std::move(each).ack_later();
    for (auto& each : rest) std::move(each).ack_later();
    co_await in.flush();
    CHECK(world.pending("s", "g") == 0);
    CHECK(world.redis.counters().acknowledged == 30);
  });
}

TEST_CASE("many coroutines on one consumer, waiting before the entries come, all get some") {
  const std::size_t prefetch = GENERATE(0U, 1U, 100U);
  stream_world world;
  group_consumer in(world.redis, member().prefetch(prefetch));
  world.play([&]() -> asio::awaitable<void> {
    std::vector<int> all;
    std::set<int> who;
    for (int i = 0; i < 10; ++i) {
      world.beside([&, i]() -> asio::awaitable<void> {
        for (;;) {
          auto next = co_await in.get_entry();
          if (!next) co_return;
          all.push_back(number_of(*next));
          who.insert(i);
          co_await pause(1ms);
          co_await std::move(*next).ack();
        }
      });
    }
    co_await pause(2ms);
    world.add("s", 300);
    co_await until([&] { return all.size() == 300 && world.pending("s", "g") == 0; });
    in.close();
    std::sort(all.begin(), all.end());
    CHECK(all == series(300));
    CHECK(who.size() == 10);
  });
}

TEST_CASE("several members in one process share a stream: each entry once, and nobody starves") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    std::vector<std::unique_ptr<group_consumer>> members;
    std::vector<int> all;
    std::map<int, int> by_whom;
    for (int i = 0; i < 5; ++i) {
      members.push_back(std::make_unique<group_consumer>(
          world.redis, member("c" + std::to_string(i)).prefetch(4)));
      world.beside([&, i]() -> asio::awaitable<void> {
        for (;;) {
          auto next = co_await members[static_cast<std::size_t>(i)]->get_entry();
          if (!next) co_return;
          CHECK(next->consumer() == "c" + std::to_string(i));
          all.push_back(number_of(*next));
          ++by_whom[i];
          co_await std::move(*next).ack();
        }
      });
    }
    co_await pause(10ms);
    for (int i = 0; i < 50; ++i) {
      world.add("s", 1, i);
      co_await until([&] { return all.size() == static_cast<std::size_t>(i) + 1; });
    }
    // One at a time, they take turns.
    CHECK(by_whom.size() == 5);
    for (const auto& [who, count] : by_whom) CHECK(count >= 5);
    world.add("s", 500, 50);
    co_await until([&] { return all.size() == 550 && world.pending("s", "g") == 0; });
    std::sort(all.begin(), all.end());
    CHECK(all == series(550));
    for (auto& each : members) each->close();
  });
}

TEST_CASE("a member that leaves hands its turn to the others") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    std::optional<group_consumer> leaving;
    leaving.emplace(world.redis, member("a"));
    group_consumer staying(world.redis, member("b"));
    const auto none = co_await leaving->get_entry(waiting::none());
    CHECK_FALSE(none);
    std::vector<int> found;
    world.beside([&]() -> asio::awaitable<void> { found = co_await numbers(staying, 3); });
    co_await pause(5ms);
    leaving.reset();
    for (int i = 0; i < 3; ++i) world.add("s", 1, i);
    co_await until([&] { return found.size() == 3; });
  });
}

TEST_CASE("streams of a group may be added and taken away") {
  stream_world world;
  world.add("b", 2);
  group_consumer in(world.redis, member());
  world.play([&]() -> asio::awaitable<void> {
    const auto none = co_await in.get_entry(waiting::none());
    CHECK_FALSE(none);
    in.add_stream("b");
    in.add_stream("b");
    const auto two = co_await numbers(in, 2);
    CHECK(two == series(2));
    in.remove_stream("b");
    world.add("b", 1);
    world.add("s", 1, 7);
    const auto one = co_await numbers(in, 2, waiting(50ms));
    CHECK(one == std::vector{7});
  });
}

TEST_CASE("entries that count as acknowledged when handed out are never pending") {
  stream_world world;
  world.add("s", 50);
  group_consumer in(world.redis, member().auto_acknowledge(true));
  world.play([&]() -> asio::awaitable<void> {
    for (int i = 0; i < 50; ++i) {
      auto next = co_await in.get_entry();
      REQUIRE(next);
      REQUIRE(number_of(*next) == i);
      CHECK_FALSE(next->pending());
      co_await std::move(*next).ack();
      std::move(*next).ack_later();
    }
    CHECK(world.pending("s", "g") == 0);
  });
  CHECK(world.calls("xack") == 0);
}

TEST_CASE("a client that was stopped lets the program end although a consumer waits for time") {
  const sluice::testing::private_server server;
  asio::io_context io;
  sluice::client redis(io.get_executor(), server.url());
  group_consumer in(redis, member().recheck_interval(60s));
  const auto read_and_stop = [&]() -> asio::awaitable<void> {
    const auto none = co_await in.get_entry(waiting(50ms));
    CHECK_FALSE(none);
    redis.stop();
  };
  asio::co_spawn(io, read_and_stop(), sluice::rethrow);
  io.run_for(30s);
  CHECK(io.stopped());
}

}  // namespace
