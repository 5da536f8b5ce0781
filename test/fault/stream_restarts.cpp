// The server goes away and comes back: with its data, without, or frozen in between.

#include "support/catch.hpp"
#include "support/wakes.hpp"

#include <map>
#include <set>

namespace {

using namespace scene;
using sluice::consumer;
using sluice::errc;
using sluice::group_consumer;
using sluice::waiting;

TEST_CASE("a killed server with its data on disk comes back, and every entry is worked on") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  waking_world world(as, server_options().append_only(sluice::testing::fsync::always));
  group_consumer in(world.redis, world.member().prefetch(10));
  world.play([&]() -> asio::awaitable<void> {
    std::set<int> seen;
    world.beside([&]() -> asio::awaitable<void> {
      for (auto next = co_await in.get_entry(); next; next = co_await in.get_entry()) {
        seen.insert(number_of(*next));
        co_await std::move(*next).ack();
      }
    });
    for (int round = 0; round < 3; ++round) {
      world.add("s", 50, 50 * round);
      co_await until([&] { return std::ssize(seen) > 50 * round + 5; });
      world.server.kill();
      world.server.start();
    }
    co_await until([&] { return seen.size() == 150; });
    co_await until([&] { return world.pending("s", "g") == 0; });
    in.close();
  });
  CHECK(world.events.count<sluice::events::group_recreated>() == 0);
}

TEST_CASE("what was confirmed is there after the server was killed, where each write is on disk") {
  stream_world world(server_options().append_only(sluice::testing::fsync::always));
  sluice::producer out(world.redis);
  world.play([&]() -> asio::awaitable<void> {
    std::set<std::string> confirmed;
    int unknown = 0, ended = 0;
    bool done = false;
    for (int i = 0; i < 8; ++i) {
      world.beside([&]() -> asio::awaitable<void> {
        while (!done) {
          try {
            const auto id = co_await out.add("s", sluice::fields("n", "1"));
            confirmed.insert(id.to_string());
          } catch (const sluice::error& why) {
            CHECK(why.code() == errc::outcome_unknown);
            ++unknown;
          }
        }
        ++ended;
      });
    }
    for (int kill = 1; kill <= 3; ++kill) {
      co_await until([&] { return std::ssize(confirmed) >= 50 * kill; });
      world.server.kill();
      world.server.start();
    }
    done = true;
    co_await until([&] { return ended == 8; });
    std::set<std::string> stored;
    sluice::consumer all(world.redis, sluice::streams("s", sluice::start::earliest()));
    for (auto next = co_await all.get_entry(waiting::none()); next;
         next = co_await all.get_entry(waiting::none())) {
      stored.insert(next->id().to_string());
    }
    CHECK(std::includes(stored.begin(), stored.end(), confirmed.begin(), confirmed.end()));
    CHECK(stored.size() <= confirmed.size() + static_cast<std::size_t>(unknown));
  });
}

TEST_CASE("sends while the server is away fill the window, and arrive in order when it is back") {
  stream_world world(server_options().append_only(sluice::testing::fsync::always));
  sluice::producer out(world.redis);
  out.window(5, 1'000'000);
  world.play([&]() -> asio::awaitable<void> {
    co_await out.add("s", sluice::fields("n", "0"));
    world.server.kill();
    co_await until([&] { return !world.redis.connected(); });
    int sent = 0;
    world.beside([&]() -> asio::awaitable<void> {
      for (int i = 1; i <= 50; ++i) {
        co_await out.send("s", sluice::fields("n", std::to_string(i)));
        ++sent;
      }
    });
    co_await pause(100ms);
    CHECK(sent == 5);
    world.server.start();
    co_await until([&] { return sent == 50; });
    co_await out.flush();
    sluice::consumer all(world.redis, sluice::streams("s", sluice::start::earliest()));
    const auto found = co_await numbers(all, 51);
    CHECK(found == series(51));
  });
}

TEST_CASE("a server that comes back empty is served again, by group and by reader") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  waking_world world(as);
  group_consumer in(world.redis, world.member());
  consumer reader(world.redis, world.reader());
  world.play([&]() -> asio::awaitable<void> {
    std::vector<int> worked, read;
    world.beside([&]() -> asio::awaitable<void> {
      for (auto next = co_await in.get_entry(); next; next = co_await in.get_entry()) {
        worked.push_back(number_of(*next));
        std::move(*next).ack_later();
      }
    });
    world.beside([&]() -> asio::awaitable<void> {
      for (auto next = co_await reader.get_entry(); next; next = co_await reader.get_entry()) {
        read.push_back(number_of(*next));
      }
    });
    for (int round = 0; round < 3; ++round) {
      world.add("s", 5, 5 * round);
      co_await until([&] { return std::ssize(worked) == 5 * round + 5; });
      co_await until([&] { return std::ssize(read) == 5 * round + 5; });
      world.server.kill();
      co_await pause(20ms);
      world.server.start();
    }
    CHECK(worked == series(15));
    CHECK(read == series(15));
    co_await until([&] { return world.events.count<sluice::events::group_recreated>() >= 3; });
    in.close();
    reader.close();
  });
  CHECK(world.calls("xgroup|create") <= 2);
}

TEST_CASE("a server that is frozen for a while loses nothing") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  waking_world world(as);
  group_consumer in(world.redis, world.member());
  world.play([&]() -> asio::awaitable<void> {
    std::vector<int> found;
    world.beside([&]() -> asio::awaitable<void> { found = co_await numbers(in, 20); });
    world.add("s", 10);
    co_await pause(20ms);
    world.server.freeze();
    co_await pause(300ms);
    world.server.thaw();
    world.add("s", 10, 10);
    co_await until([&] { return found == series(20); });
  });
}

TEST_CASE("a frozen server is given up by the health check, and found again") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  waking_world world(as);
  auto how = world.redis.options();
  how.health_check(100ms).health_timeout(100ms).connect_timeout(200ms);
  sluice::client redis(world.io.get_executor(), how);
  group_consumer in(redis, world.member());
  world.play([&]() -> asio::awaitable<void> {
    world.add("s", 1);
    const auto one = co_await numbers(in, 1);
    CHECK(one == series(1));
    co_await in.flush();
    world.server.freeze();
    co_await until([&] { return redis.counters().links_lost >= 1; });
    world.server.thaw();
    world.add("s", 3, 1);
    // A blocking read on the dead link may have taken them: then they come as the backlog.
    std::set<int> rest;
    while (rest.size() < 3) {
      const auto next = co_await numbers(in, 1, waiting(8s));
      REQUIRE(next.size() == 1);
      rest.insert(next[0]);
    }
    CHECK(rest == std::set{1, 2, 3});
  });
}

TEST_CASE("a member that is refused for long learns it, and recovers by itself") {
  stream_world world(server_options().acl_line("guest on >secret ~* &* +@all"));
  auto how = world.options(world.server.url());
  how.credentials("guest", "secret").backoff(1ms, 50ms);
  sluice::client redis(world.io.get_executor(), how);
  group_consumer in(redis, sluice::group("g").consumer("c").stream("s").recheck_interval(1s));
  world.play([&]() -> asio::awaitable<void> {
    const auto none = co_await in.get_entry(waiting::none());
    CHECK_FALSE(none);
    world.server.command({"ACL", "SETUSER", "guest", "off"});
    world.server.command({"CLIENT", "KILL", "USER", "guest"});
    const auto why = co_await failure_of(in.get_entry(waiting(8s)));
    CHECK(why.code() == errc::wrong_password);
    world.add("s", 2);
    world.server.command({"ACL", "SETUSER", "guest", "on"});
    const auto found = co_await numbers(in, 2, waiting(8s));
    CHECK(found == series(2));
  });
}

TEST_CASE("a client that is closed in the middle of everything ends every wait") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  const int after = GENERATE(range(0, 12));
  waking_world world(as);
  world.add("s", 30);
  group_consumer in(world.redis, world.member().prefetch(3));
  sluice::producer out(world.redis);
  int ended = 0;
  for (int i = 0; i < 3; ++i) {
    world.beside([&]() -> asio::awaitable<void> {
      try {
        for (auto next = co_await in.get_entry(); next; next = co_await in.get_entry()) {
          co_await std::move(*next).ack();
        }
      } catch (const sluice::error& why) {
        CHECK(why.code() == errc::closed);
      }
      ++ended;
    });
    world.beside([&]() -> asio::awaitable<void> {
      try {
        for (;;) co_await out.add("s", sluice::fields("n", "1"));
      } catch (const sluice::error& why) {
        CHECK((why.code() == errc::closed || why.code() == errc::outcome_unknown));
      }
      ++ended;
    });
  }
  world.io.restart();
  for (int i = 0; i < after * after; ++i) world.io.run_one_for(50ms);
  if (after % 2 == 0) {
    world.redis.stop();
  } else {
    in.close();
    world.beside([&]() -> asio::awaitable<void> { co_await world.redis.close(); });
  }
  CAPTURE(after);
  play_out(world.io, 2s);
  CHECK(ended == 6);
}

}  // namespace
