// Members that are killed, frozen, cut off and restarted, and the server as well.
#include "support/group_members.hpp"

#include <sluice/group/dead_letters.hpp>
#include <sluice/testing/fault_proxy.hpp>

#include <map>
#include <memory>
#include <set>

namespace {

using namespace scene;
using sluice::errc;
using sluice::group_consumer;
using sluice::testing::fault_proxy;

TEST_CASE("an acknowledgement that was on its way while the member was believed dead is refused") {
  stream_world world;
  fault_proxy proxy(world.server);
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    process zombie(world, beating_member("zombie"), proxy.url());
    auto job = co_await zombie.self->get_entry();
    // The process freezes just when it has decided to acknowledge.
    proxy.requests().hold();
    std::move(*job).ack_later();
    process heir(world, beating_member("heir"));
    auto again = co_await heir.self->get_entry(5s);
    REQUIRE(again);
    proxy.requests().release();
    co_await until(
        [&] { return world.events.count<sluice::events::acknowledgement_failed>() > 0; });
    CHECK(world.pending("jobs", "workers") == 1);
    co_await std::move(*again).ack();
    CHECK(world.pending("jobs", "workers") == 0);
  });
}

TEST_CASE("a member that was cut off for a moment keeps what it has in hand") {
  stream_world world;
  fault_proxy proxy(world.server);
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 3);
    process cut(world, beating_member("cut"), proxy.url());
    process other(world, beating_member("other"));
    auto job = co_await cut.self->get_entry();
    for (int i = 0; i < 5; ++i) {
      proxy.reset();
      const auto stolen = co_await other.self->get_entry(150ms);
      CHECK_FALSE(stolen);
    }
    CHECK_FALSE(job->lease_lost());
    co_await std::move(*job).ack();
  });
  CHECK(world.events.count<sluice::events::member_silent>() == 0);
}

TEST_CASE("a member that does not hear itself takes no new work until it does") {
  stream_world world;
  fault_proxy proxy(world.server);
  world.play([&]() -> asio::awaitable<void> {
    process deaf(world, beating_member("deaf"), proxy.url());
    world.add("jobs", 1);
    const auto first = co_await numbers(*deaf.self, 1);
    CHECK(first == series(1));
    proxy.replies().drop_pushes(true);
    co_await until([&] { return world.events.count<sluice::events::heartbeat_lost>() == 1; });
    world.add("jobs", 1);
    const auto nothing = co_await deaf.self->get_entry(300ms);
    CHECK_FALSE(nothing);
    proxy.replies().drop_pushes(false);
    const auto second = co_await numbers(*deaf.self, 1);
    CHECK(second == series(1));
  });
  CHECK(world.events.count<sluice::events::heartbeat_restored>() == 1);
}

TEST_CASE("whoever is told that members are not heard may end them at once") {
  stream_world world;
  fault_proxy proxy(world.server);
  bool told = false;
  std::vector<group_consumer> members;
  auto options = world.options(proxy.url());
  options.on_event([&](const sluice::event& what) {
    if (!std::holds_alternative<sluice::events::heartbeat_lost>(what)) return;
    told = true;
    members.clear();
  });
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    sluice::client redis(world.io.get_executor(), options);
    for (const auto* name : {"one", "two", "three"}) {
      members.emplace_back(redis, beating_member(name).prefetch(0));
      const auto begun = co_await members.back().get_entry(100ms);
      if (begun) CHECK(number_of(*begun) == 0);
    }
    proxy.replies().drop_pushes(true);
    co_await until([&] { return told; });
    CHECK(members.empty());
  });
}

TEST_CASE("when all members die at once, the next to come gets everything") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 30);
    std::vector<std::unique_ptr<process>> all;
    for (const auto* name : {"one", "two", "three"}) {
      all.push_back(std::make_unique<process>(world, beating_member(name).prefetch(0)));
      all.back()->held = co_await all.back()->self->get_batch(10);
    }
    for (auto& each : all) each->kill();
    process heir(world, beating_member("heir"));
    auto found = co_await numbers(*heir.self, 30);
    std::sort(found.begin(), found.end());
    CHECK(found == series(30));
    co_await heir.self->flush();
    CHECK(world.pending("jobs", "workers") == 0);
  });
}

TEST_CASE("a member that restarts under its name gets its own entries first, and counts them") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 5);
    process first(world, beating_member("self"));
    first.held = co_await first.self->get_batch(5);
    CHECK(first.held.size() == 5);
    first.kill();
    process second(world, beating_member("self"));
    for (int i = 0; i < 5; ++i) {
      auto job = co_await second.self->get_entry(5s);
      REQUIRE(job);
      CHECK(number_of(*job) == i);
      CAPTURE(i);
      CHECK(job->delivery_count() == 2);
      CHECK(job->redelivered());
      co_await std::move(*job).ack();
    }
  });
}

/// Lives until it meets number 7, or `done` says so; notes what it works on, four at a time.
asio::awaitable<bool> live_and_die(stream_world& world, std::string name,
                                   std::map<int, int>& worked, std::function<bool()> done) {
  process mortal(world, beating_member(name).max_deliveries(4).wait(200ms));
  bool died = false;
  while (!died && !done()) {
    mortal.held = co_await mortal.self->get_batch(4);
    for (auto& each : mortal.held) {
      died = number_of(each) == 7;
      if (died) break;
      ++worked[number_of(each)];
      co_await std::move(each).ack();
    }
  }
  mortal.kill();
  co_return died;
}

TEST_CASE("an entry that brings its members down becomes a dead letter, and takes no other along") {
  stream_world world;
  const auto act = [&]() -> asio::awaitable<void> {
    world.add("jobs", 20);
    std::map<int, int> worked;
    const auto done = [&] {
      return worked.size() == 19 && world.server.command({"XLEN", "jobs:dead"}) == "1";
    };
    int deaths = 0;
    for (int life = 0; life < 40 && !done(); ++life) {
      const auto name = "member-" + std::to_string(life);
      const bool died = co_await live_and_die(world, name, worked, done);
      deaths += died ? 1 : 0;
    }
    CHECK(worked.size() == 19);
    CHECK_FALSE(worked.contains(7));
    CHECK(deaths == 4);
    const sluice::dead_letters dead(world.redis, "jobs:dead");
    const auto letters = co_await dead.list();
    REQUIRE(letters.size() == 1);
    CHECK(letters.front().field("n") == "7");
    CHECK(letters.front().reason() == "max_deliveries");
    CHECK(world.pending("jobs", "workers") == 0);
  };
  world.play(act, 60s);
}

TEST_CASE("an entry that two members had in hand when they died is worked on alone") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    for (const auto* name : {"first", "second"}) {
      process mortal(world, beating_member(name));
      mortal.held = co_await mortal.self->get_batch(1);
      REQUIRE(mortal.held.size() == 1);
      mortal.kill();
    }
    process last(world, beating_member("last"));
    world.add("jobs", 3, 1);
    auto beside = co_await last.self->get_entry(5s);
    CHECK(number_of(*beside) == 1);
    co_await until([&] { return world.events.count<sluice::events::member_silent>() == 2; });
    co_await pause(100ms);
    // Taking what was read before makes room for it; then it waits, and everything with it.
    auto other = co_await last.self->get_entry(5s);
    CHECK(number_of(*other) == 2);
    co_await pause(100ms);
    for (auto* each : {&beside, &other}) {
      const auto nothing = co_await last.self->get_entry(100ms);
      CHECK_FALSE(nothing);
      co_await std::move(**each).ack();
    }
    auto suspect = co_await last.self->get_entry(5s);
    REQUIRE(suspect);
    CHECK(number_of(*suspect) == 0);
    CHECK(suspect->delivery_count() == 3);
    const auto alone = co_await last.self->get_entry(200ms);
    CHECK_FALSE(alone);
    co_await std::move(*suspect).ack();
    const auto rest = co_await numbers(*last.self, 1);
    CHECK(rest == series(1, 3));
  });
}

TEST_CASE("a delay survives the restart of the server and the death of the member") {
  stream_world world(sluice::testing::server_options().append_only(sluice::testing::fsync::always));
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    process first(world, beating_member("first"));
    auto job = co_await first.self->get_entry();
    const auto since = std::chrono::steady_clock::now();
    co_await std::move(*job).nack(1s);
    first.kill();
    world.server.kill();
    world.server.start();
    process second(world, beating_member("second"));
    auto again = co_await second.self->get_entry(10s);
    REQUIRE(again);
    CHECK(std::chrono::steady_clock::now() - since >= 1s);
    CHECK(again->delivery_count() == 2);
    co_await std::move(*again).ack();
  });
}

TEST_CASE("what was taken and lost on the way is found again") {
  stream_world world;
  fault_proxy proxy(world.server);
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 4);
    process giver(world, beating_member("giver").prefetch(4));
    auto first = co_await giver.self->get_batch(4);
    REQUIRE(first.size() == 4);
    process taker(world, beating_member("taker"), proxy.url());
    const auto nothing = co_await taker.self->get_entry(100ms);
    CHECK_FALSE(nothing);
    proxy.replies().drop();
    for (auto& each : first) co_await std::move(each).nack();
    giver.self->close();
    co_await pause(100ms);
    proxy.reset();
    proxy.heal();
    auto found = co_await numbers(*taker.self, 4);
    std::sort(found.begin(), found.end());
    CHECK(found == series(4));
  });
}

TEST_CASE("however many entries wait for their time, those of the dead are claimed") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 2'500);
    process patient(world, beating_member("patient").prefetch(0));
    for (int i = 0; i < 2'499; ++i) {
      auto job = co_await patient.self->get_entry(5s);
      REQUIRE(job);
      co_await std::move(*job).nack(1h);
    }
    process mortal(world, beating_member("mortal"));
    mortal.held = co_await mortal.self->get_batch(1);
    REQUIRE(mortal.held.size() == 1);
    mortal.kill();
    const auto last = co_await numbers(*patient.self, 1);
    CHECK(last == series(1, 2'499));
  });
}

TEST_CASE("a released set that vanished is made again") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 3);
    process giver(world, beating_member("giver"));
    auto all = co_await giver.self->get_batch(3);
    for (auto& each : all) co_await std::move(each).nack(1h);
    world.server.command({"DEL", "jobs:sluice:workers:released"});
    auto found = co_await numbers(*giver.self, 3);
    std::sort(found.begin(), found.end());
    CHECK(found == series(3));
  });
}

TEST_CASE("many members sweep at once, and an entry goes to one of them") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 200);
    process dead(world, beating_member("dead").prefetch(200));
    dead.held = co_await dead.self->get_batch(200);
    REQUIRE(dead.held.size() == 200);
    std::map<int, int> seen;
    std::vector<std::unique_ptr<process>> crew;
    for (int i = 0; i < 6; ++i) {
      crew.push_back(std::make_unique<process>(world, beating_member("m" + std::to_string(i))));
      world.beside([&, self = crew.back()->self.get()]() -> asio::awaitable<void> {
        for (auto next = co_await self->get_entry(); next; next = co_await self->get_entry()) {
          ++seen[number_of(*next)];
          co_await std::move(*next).ack();
        }
      });
    }
    // Nobody keeps the lease for long.
    bool done = false;
    world.beside([&]() -> asio::awaitable<void> {
      while (!done) {
        world.server.command({"DEL", "jobs:sluice:workers:sweeper"});
        co_await pause(5ms);
      }
    });
    co_await pause(100ms);
    dead.kill();
    co_await until([&] { return seen.size() == 200; });
    done = true;
    for (const auto& [number, times] : seen) CHECK(times == 1);
    co_await until([&] { return world.pending("jobs", "workers") == 0; });
    for (auto& each : crew) each->self->close();
    co_await pause(20ms);
  });
}

TEST_CASE("a delivery that is worked on for longer than any may be goes to others") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    process slow(world, beating_member("slow").max_lease(600ms));
    process other(world, beating_member("other"));
    auto job = co_await slow.self->get_entry();
    co_await pause(400ms);
    co_await job->extend();
    co_await pause(400ms);
    CHECK_FALSE(job->lease_lost());
    auto again = co_await other.self->get_entry(5s);
    REQUIRE(again);
    CHECK(job->lease_lost());
    CHECK(again->delivery_count() == 2);
    co_await std::move(*again).ack();
  });
}

TEST_CASE("names of members that are gone are removed, unless something is pending under them") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    process keeper(world, beating_member("keeper").remove_members_after(300ms));
    const auto first = co_await numbers(*keeper.self, 1);
    CHECK(first == series(1));
    world.server.command({"EVAL",
                          "for i = 1, 2000 do redis.call('XGROUP', 'CREATECONSUMER', KEYS[1], "
                          "'workers', 'gone-' .. i) end",
                          "1", "jobs"});
    world.add("jobs", 1);
    auto held = co_await keeper.self->get_entry(5s);
    co_await until([&] { return world.events.count<sluice::events::member_removed>() == 2'000; });
    CHECK(world.pending("jobs", "workers") == 1);
    co_await std::move(*held).ack();
  });
}

TEST_CASE("the owner of what was given back is no member that could be removed") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    process keeper(world, beating_member("keeper").remove_members_after(100ms));
    auto job = co_await keeper.self->get_entry(5s);
    co_await std::move(*job).nack();
    auto again = co_await keeper.self->get_entry(5s);
    co_await std::move(*again).ack();
    world.server.command({"XGROUP", "CREATECONSUMER", "jobs", "workers", "gone"});
    co_await until([&] { return world.events.count<sluice::events::member_removed>() > 0; });
    co_await pause(200ms);
    CHECK(world.events.count<sluice::events::member_removed>() == 1);
  });
}

TEST_CASE("a beat of another library keeps its sender's entries where they are") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    world.server.command({"XGROUP", "CREATE", "jobs", "workers", "0"});
    world.server.command({"XREADGROUP", "GROUP", "workers", "python", "STREAMS", "jobs", ">"});
    process ours(world, beating_member("ours"));
    bool beats = true;
    world.beside([&]() -> asio::awaitable<void> {
      while (beats) {
        world.server.command({"PUBLISH", "workers", "python"});
        co_await pause(50ms);
      }
    });
    const auto stolen = co_await ours.self->get_entry(1'500ms);
    CHECK_FALSE(stolen);
    beats = false;
    const auto found = co_await numbers(*ours.self, 1);
    CHECK(found == series(1));
  });
}

TEST_CASE("a member without the right to beat says so instead of waiting for ever") {
  stream_world world;
  world.server.command({"ACL", "SETUSER", "mute", "on", "nopass", "~*", "+@all", "resetchannels"});
  world.play([&]() -> asio::awaitable<void> {
    auto options = world.options(world.server.url());
    options.credentials("mute", "x");
    sluice::client redis(world.io.get_executor(), options);
    group_consumer self(redis, beating_member("mute"));
    const auto why = co_await failure_of(self.get_entry(5s));
    CHECK(why.code() == errc::not_permitted);
  });
}

}  // namespace
