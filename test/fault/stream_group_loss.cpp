// The group vanishes: flushed, deleted, destroyed, in every state of its members.

#include "support/catch.hpp"
#include "support/wakes.hpp"

#include <map>
#include <set>
#include <thread>

namespace {

using namespace scene;
using sluice::errc;
using sluice::group_consumer;
using sluice::group_loss;
using sluice::waiting;
using recreated = sluice::events::group_recreated;

struct disaster {
  const char* name;
  std::vector<std::string> command;
  bool takes_entries;
};

std::vector<disaster> disasters() {
  return {{"FLUSHALL", {"FLUSHALL"}, true},
          {"DEL", {"DEL", "s"}, true},
          {"XGROUP DESTROY", {"XGROUP", "DESTROY", "s", "g"}, false}};
}

std::ostream& operator<<(std::ostream& out, const disaster& which) { return out << which.name; }

TEST_CASE("a parked member finds its group gone, makes it again once, and goes on") {
  const auto as = GENERATE(from_range(each_reading()));
  const auto what = GENERATE(from_range(disasters()));
  CAPTURE(as, what);
  waking_world world(as);
  world.add("s", 5);
  group_consumer in(world.redis, world.member());
  world.play([&]() -> asio::awaitable<void> {
    const auto before = co_await numbers(in, 5);
    CHECK(before == series(5));
    co_await in.flush();
    const auto none = co_await in.get_entry(20ms);
    CHECK_FALSE(none);
    std::vector<int> found;
    world.beside([&]() -> asio::awaitable<void> { found = co_await numbers(in, 3); });
    co_await pause(10ms);
    world.server.command(what.command);
    world.add("s", 3, 5);
    co_await until([&] { return found.size() == 3; }, 5s);
    // Nothing that was acknowledged comes again.
    CHECK(found == series(3, 5));
    co_await in.flush();
    CHECK(world.pending("s", "g") == 0);
  });
  CHECK(world.events.count<recreated>() == 1);
  CHECK(world.calls("xgroup|create") == 2);
  CHECK(world.calls("xreadgroup") < (as.how == sluice::wake::poll ? 2'000 : 30));
}

TEST_CASE("what is in hand when the group vanishes is not given out again, and can be settled") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  waking_world world(as);
  world.add("s", 10);
  group_consumer in(world.redis, world.member().prefetch(4));
  world.play([&]() -> asio::awaitable<void> {
    std::optional<sluice::delivery> held;
    for (int i = 0; i < 7; ++i) {
      auto next = co_await in.get_entry();
      REQUIRE(next);
      REQUIRE(number_of(*next) == i);
      if (i == 3) {
        held = std::move(next);
      } else {
        co_await std::move(*next).ack();
      }
    }
    world.server.command({"XGROUP", "DESTROY", "s", "g"});
    world.add("s", 2, 10);
    const auto rest = co_await numbers(in, 5, waiting(5s));
    CHECK(rest == series(5, 7));
    co_await in.flush();
    CHECK(world.pending("s", "g") == 1);
    co_await std::move(*held).ack();
    CHECK(world.pending("s", "g") == 0);
    const auto none = co_await in.get_entry(50ms);
    CHECK_FALSE(none);
  });
  CHECK(world.events.count<recreated>() == 1);
}

TEST_CASE("what is acknowledged between the loss and the making again does not come back") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  waking_world world(as);
  world.add("s", 4);
  group_consumer in(world.redis, world.member());
  world.play([&]() -> asio::awaitable<void> {
    auto all = co_await in.get_batch(4);
    REQUIRE(all.size() == 4);
    world.server.command({"XGROUP", "DESTROY", "s", "g"});
    world.add("s", 1, 4);
    for (auto& each : all) {
      std::move(each).ack_later();
      co_await pause(1ms);
    }
    const auto rest = co_await numbers(in, 5, waiting(500ms));
    CHECK(rest == series(1, 4));
    co_await in.flush();
    co_await until([&] { return world.pending("s", "g") == 0; });
  });
}

TEST_CASE("what was dropped unsettled is not passed over when the group is made again") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  waking_world world(as);
  world.add("s", 6);
  group_consumer in(world.redis, world.member());
  world.play([&]() -> asio::awaitable<void> {
    for (int i = 0; i < 6; ++i) {
      auto next = co_await in.get_entry();
      REQUIRE(next);
      if (i != 2) co_await std::move(*next).ack();
    }
    world.server.command({"XGROUP", "DESTROY", "s", "g"});
    world.add("s", 1, 6);
    std::set<int> found;
    while (!found.contains(6)) {
      auto next = co_await in.get_entry(waiting(5s));
      REQUIRE(next);
      found.insert(number_of(*next));
      co_await std::move(*next).ack();
    }
    CHECK(found.contains(2));
    CHECK_FALSE(found.contains(0));
    CHECK_FALSE(found.contains(1));
  });
}

TEST_CASE("losing the group under load loses nothing of a member that works alone") {
  const auto as = GENERATE(from_range(each_reading()));
  const auto what = GENERATE(from_range(disasters()));
  CAPTURE(as, what);
  waking_world world(as);
  group_consumer in(world.redis, world.member().prefetch(8));
  world.play([&]() -> asio::awaitable<void> {
    std::map<int, int> seen;
    for (int i = 0; i < 3; ++i) {
      world.beside([&]() -> asio::awaitable<void> {
        for (;;) {
          auto next = co_await in.get_entry();
          if (!next) co_return;
          ++seen[number_of(*next)];
          if (number_of(*next) % 5 == 0) co_await pause(2ms);
          std::move(*next).ack_later();
        }
      });
    }
    int added = 0;
    for (int round = 0; round < 6; ++round) {
      // What a disaster takes with it is not the member's to give.
      world.add("s", 40, added);
      added += 40;
      if (what.takes_entries) {
        co_await until([&] { return seen.contains(added - 1) && std::ssize(seen) == added; });
        co_await in.flush();
      } else {
        co_await until([&] { return std::ssize(seen) > added - 30; });
      }
      world.server.command(what.command);
    }
    world.add("s", 1, added);
    co_await until([&] { return std::ssize(seen) == added + 1; }, 10s);
    co_await until([&] { return world.pending("s", "g") == 0; });
    in.close();
  });
  CHECK(world.events.count<recreated>() >= 1);
  CHECK(world.events.count<recreated>() <= 6);
}

TEST_CASE("whatever a member does when its group vanishes, what comes later is worked on") {
  const auto as = GENERATE(from_range(each_reading()));
  const auto what = GENERATE(from_range(disasters()));
  CAPTURE(as, what);
  waking_world world(as);
  for (int steps = 0; steps < 30; ++steps) {
    CAPTURE(steps);
    world.server.command({"FLUSHALL"});
    world.add("s", 2);
    group_consumer in(world.redis, world.member());
    std::set<int> seen;
    bool over = false;
    world.beside([&]() -> asio::awaitable<void> {
      for (auto next = co_await in.get_entry(); next; next = co_await in.get_entry()) {
        seen.insert(number_of(*next));
        const auto why = co_await failure_of(std::move(*next).ack());
        // What was in hand when the group vanished is no longer pending.
        CHECK((!why.code() || why.code() == errc::already_settled));
      }
      over = true;
    });
    world.io.restart();
    for (int i = 0; i < steps; ++i) world.io.run_one_for(1ms);
    // A stream made anew within the millisecond would give the same ids to other entries.
    std::this_thread::sleep_for(2ms);
    world.server.command(what.command);
    world.add("s", 1, 2);
    world.play([&]() -> asio::awaitable<void> {
      co_await until([&] { return seen.contains(2); });
      co_await until([&] { return world.pending("s", "g") == 0; });
      in.close();
      co_await until([&] { return over; });
    });
  }
}

TEST_CASE("to restart is to begin with everything that is stored") {
  stream_world world;
  world.add("s", 5);
  group_consumer in(world.redis,
                    sluice::group("g").consumer("c").stream("s").on_loss(group_loss::restart));
  world.play([&]() -> asio::awaitable<void> {
    const auto before = co_await numbers(in, 5);
    CHECK(before.size() == 5);
    co_await in.flush();
    world.server.command({"XGROUP", "DESTROY", "s", "g"});
    world.add("s", 1, 5);
    const auto again = co_await numbers(in, 6);
    CHECK(again == series(6));
  });
  REQUIRE(world.events.count<recreated>() == 1);
  CHECK(world.events.lines<recreated>()[0].find("0-0") != std::string::npos);
}

TEST_CASE("to fail is to be told, once, and to find the group when somebody makes it") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  waking_world world(as);
  world.add("s", 1);
  group_consumer in(world.redis, world.member().on_loss(group_loss::fail));
  world.play([&]() -> asio::awaitable<void> {
    const auto before = co_await numbers(in, 1);
    CHECK(before.size() == 1);
    co_await in.flush();
    world.server.command({"XGROUP", "DESTROY", "s", "g"});
    world.add("s", 1, 1);
    const auto why = co_await failure_of(in.get_entry(waiting(5s)));
    CHECK(why.code() == errc::no_group);
    CHECK(why.why().stream() == "s");
    CHECK(why.why().group() == "g");
    const auto none = co_await in.get_entry(waiting(50ms));
    CHECK_FALSE(none);
    world.server.command({"XGROUP", "CREATE", "s", "g", "0"});
    const auto again = co_await numbers(in, 2, waiting(8s));
    CHECK(again == series(2));
  });
  CHECK(world.events.count<recreated>() == 0);
}

TEST_CASE("a group that begins after an id never goes back before it") {
  stream_world world;
  for (int i = 1; i <= 5; ++i) {
    const auto id = std::to_string(i) + "-0", n = std::to_string(i);
    world.server.command({"XADD", "s", id, "n", n});
  }
  group_consumer in(world.redis, sluice::group("g").stream("s").auto_create(
                                     sluice::start::after(sluice::entry_id(5))));
  world.play([&]() -> asio::awaitable<void> {
    const auto none = co_await in.get_entry(waiting::none());
    CHECK_FALSE(none);
    world.server.command({"XGROUP", "DESTROY", "s", "g"});
    world.server.command({"XADD", "s", "6-0", "n", "6"});
    const auto found = co_await numbers(in, 2, waiting(300ms));
    CHECK(found == std::vector{6});
  });
}

TEST_CASE("several members find the loss, and the group is made again once") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    std::vector<std::unique_ptr<group_consumer>> members;
    std::vector<int> all;
    for (int i = 0; i < 4; ++i) {
      members.push_back(std::make_unique<group_consumer>(
          world.redis, sluice::group("g").consumer("c" + std::to_string(i)).stream("s")));
      world.beside([&, i]() -> asio::awaitable<void> {
        auto& in = *members[static_cast<std::size_t>(i)];
        for (auto next = co_await in.get_entry(); next; next = co_await in.get_entry()) {
          all.push_back(number_of(*next));
          co_await std::move(*next).ack();
        }
      });
    }
    world.add("s", 20);
    co_await until([&] { return all.size() == 20 && world.pending("s", "g") == 0; });
    world.server.command({"XGROUP", "DESTROY", "s", "g"});
    world.add("s", 20, 20);
    co_await until([&] { return std::count(all.begin(), all.end(), 39) > 0; });
    co_await until([&] { return world.pending("s", "g") == 0; });
    const std::set<int> different(all.begin(), all.end());
    CHECK(different.size() == 40);
    CHECK(world.events.count<recreated>() == 1);
    for (auto& each : members) each->close();
  });
}

TEST_CASE("a group that cannot be made, and does not exist, is told as what forbids it") {
  stream_world world(server_options().acl_line("humble on >secret ~* &* +@all -xgroup"));
  auto how = world.options(world.server.url());
  sluice::client redis(world.io.get_executor(), how.credentials("humble", "secret"));
  group_consumer in(redis, sluice::group("g").consumer("c").stream("s"));
  world.play([&]() -> asio::awaitable<void> {
    const auto why = co_await failure_of(in.get_entry(waiting(5s)));
    CHECK(why.code() == errc::not_permitted);
    CHECK(why.why().stream() == "s");
    world.server.command({"XGROUP", "CREATE", "s", "g", "0", "MKSTREAM"});
    world.add("s", 2);
    const auto found = co_await numbers(in, 2, waiting(8s));
    CHECK(found == series(2));
  });
}

TEST_CASE("a user who may not make groups reads from one that exists") {
  stream_world world(server_options().acl_line("humble on >secret ~* &* +@all -xgroup"));
  auto how = world.options(world.server.url());
  sluice::client redis(world.io.get_executor(), how.credentials("humble", "secret"));
  world.add("s", 2);
  world.server.command({"XGROUP", "CREATE", "s", "g", "0"});
  group_consumer in(redis, sluice::group("g").consumer("c").stream("s"));
  world.play([&]() -> asio::awaitable<void> {
    const auto found = co_await numbers(in, 2);
    CHECK(found == series(2));
  });
}

TEST_CASE("a stream that the user may not read is told once, and the others go on") {
  stream_world world(server_options().acl_line("humble on >secret ~s* &* +@all"));
  auto how = world.options(world.server.url());
  sluice::client redis(world.io.get_executor(), how.credentials("humble", "secret"));
  world.add("s", 3);
  group_consumer in(redis, sluice::group("g").consumer("c").stream("private").stream("s"));
  world.play([&]() -> asio::awaitable<void> {
    int errors = 0;
    std::vector<int> found;
    while (found.size() < 3 || errors < 1) {
      try {
        auto next = co_await in.get_entry(waiting(5s));
        REQUIRE(next);
        found.push_back(number_of(*next));
      } catch (const sluice::error& why) {
        CHECK(why.code() == errc::not_permitted);
        CHECK(why.why().stream() == "private");
        ++errors;
      }
    }
    CHECK(found == series(3));
    const auto none = co_await in.get_entry(waiting(100ms));
    CHECK_FALSE(none);
  });
}

}  // namespace
