// Groups whose server is replaced, set to another time, or robbed of the group.
#include "group/ownership.hpp"
#include "support/group_members.hpp"
#include "testing/temporary_directory.hpp"

#include <sluice/group/worker.hpp>
#include <sluice/testing/fault_proxy.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace {

using namespace scene;
using sluice::durability;
using sluice::errc;
using sluice::fields;
using sluice::group_consumer;
using sluice::producer;
using sluice::testing::fault_proxy;
using sluice::testing::temporary_directory;

namespace files = std::filesystem;

/// An address that leads to one server now and to another one later, as a name of a service does.
class service_address {
 public:
  explicit service_address(const private_server& to) { lead_to(to); }
  void lead_to(const private_server& where) {
    const auto fresh = folder_.path() / "fresh";
    files::create_symlink(where.socket_path(), fresh);
    files::rename(fresh, folder_.path() / "redis.sock");
  }
  std::string url() const { return "unix://" + (folder_.path() / "redis.sock").string(); }

 private:
  temporary_directory folder_;
};

bool is_synchronised(private_server& copy) {
  return copy.command({"INFO", "replication"}).find("master_link_status:up") != std::string::npos;
}

struct replicated_world : stream_world {
  replicated_world()
      : stream_world(server_options().tcp().config("repl-diskless-sync-delay", "0")),
        address(server) {
    copy.command({"REPLICAOF", "127.0.0.1", std::to_string(server.port())});
  }
  void promote_copy() {
    copy.command({"REPLICAOF", "NO", "ONE"});
    address.lead_to(copy);
  }

  private_server copy;
  service_address address;
};

TEST_CASE(
    "a replica that lagged takes over: what it had confirmed is worked on, the rest was told") {
  replicated_world world;
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return is_synchronised(world.copy); });
    auto outside = world.connect(world.address.url());
    producer out(outside, durability::replicas(1, 5s)),
        hasty(outside, durability::replicas(1, 50ms));
    process self(world, beating_member("self"), world.address.url());
    for (int i = 0; i < 20; ++i) co_await out.add("jobs", fields("n", std::to_string(i)));
    auto in_hand = co_await self.self->get_entry(5s);
    REQUIRE(in_hand);
    co_await until([&] {
      return world.copy.command({"XPENDING", "jobs", "workers"}) ==
             world.server.command({"XPENDING", "jobs", "workers"});
    });
    world.copy.freeze();
    std::set<std::string> told;
    for (int i = 20; i < 25; ++i) {
      const auto why = co_await failure_of(hasty.add("jobs", fields("n", std::to_string(i))));
      CHECK(why.code() == errc::too_few_replicas);
      told.insert(why.why().id());
    }
    CHECK(told.size() == 5);
    world.server.kill();
    world.copy.thaw();
    world.promote_copy();
    std::set<int> found;
    while (found.size() < 19) {
      auto next = co_await self.self->get_entry(10s);
      REQUIRE(next);
      const auto number = number_of(*next);
      CAPTURE(number);
      CHECK(number != number_of(*in_hand));
      found.insert(number);
      std::move(*next).ack_later();
    }
    co_await std::move(*in_hand).ack();
    const auto more = co_await failure_of(hasty.add("jobs", fields("n", "25")));
    CHECK(more.code() == errc::too_few_replicas);
    auto last = co_await self.self->get_entry(10s);
    while (last && number_of(*last) != 25) {
      CHECK(number_of(*last) >= 20);
      std::move(*last).ack_later();
      last = co_await self.self->get_entry(10s);
    }
    REQUIRE(last);
    co_await std::move(*last).ack();
    CHECK(world.copy.command({"XPENDING", "jobs", "workers"}).starts_with("0"));
  });
}

TEST_CASE("a master that was deposed and cuts its clients leads them to the new one") {
  replicated_world world;
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return is_synchronised(world.copy); });
    process self(world, beating_member("self"), world.address.url());
    const auto nothing = co_await self.self->get_entry(100ms);
    CHECK_FALSE(nothing);
    co_await until([&] { return world.copy.command({"EXISTS", "jobs"}) == "1"; });
    world.promote_copy();
    // The old one goes on as if nothing had happened: what it is given now is lost, and only the
    // server can refuse it (min-replicas-to-write).
    world.server.command({"XADD", "jobs", "*", "n", "1"});
    const auto lost = co_await numbers(*self.self, 1);
    CHECK(lost == series(1, 1));
    // Two masters that add in the same millisecond give the same id to different entries.
    co_await pause(5ms);
    world.copy.command({"XADD", "jobs", "*", "n", "2"});
    world.server.command({"REPLICAOF", "127.0.0.1", "1"});
    world.server.command({"CLIENT", "KILL", "TYPE", "normal"});
    world.server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
    const auto found = co_await numbers(*self.self, 1);
    CHECK(found == series(1, 2));
  });
}

/// The time of day of a server, which can be set.
class settable_clock {
 public:
  settable_clock() {
    set(0);
    const char* const chosen = std::getenv("SLUICE_REDIS_SERVER");
    std::ofstream(program()) << "#!/bin/sh\n"
                             << "SLUICE_CLOCK_OFFSET=" << offset().string()
                             << " LD_PRELOAD=" << SLUICE_SETTABLE_CLOCK << " exec "
                             << (chosen == nullptr ? "redis-server" : chosen) << " \"$@\"\n";
    files::permissions(program(), files::perms::owner_all);
  }
  server_options server() const { return server_options().binary(program().string()); }
  void set(std::int64_t seconds_from_the_true_time) {
    std::fstream file(offset(), std::ios::in | std::ios::out | std::ios::binary);
    if (!file) file.open(offset(), std::ios::out | std::ios::binary);
    file.write(reinterpret_cast<const char*>(&seconds_from_the_true_time),
               sizeof seconds_from_the_true_time);
  }

 private:
  files::path program() const { return folder_.path() / "redis-server"; }
  files::path offset() const { return folder_.path() / "offset"; }

  temporary_directory folder_;
};

long time_of(private_server& server) { return std::stol(server.command({"TIME"})); }

TEST_CASE("idle times are not believed once it is later than the last look at the clock explains") {
  stream_world world;
  world.add("jobs", 1);
  world.server.command({"XGROUP", "CREATE", "jobs", "workers", "0"});
  world.server.command({"XREADGROUP", "GROUP", "workers", "python", "STREAMS", "jobs", ">"});
  const auto id = world.server.command(
      {"EVAL", "return redis.call('XRANGE', KEYS[1], '-', '+')[1][1]", "1", "jobs"});
  const sluice::group_place at{.stream = "jobs", .group = "workers"};
  const std::chrono::milliseconds now = std::chrono::seconds(time_of(world.server));
  const auto taken = [&](std::chrono::milliseconds not_after) -> asio::awaitable<long> {
    const auto step = sluice::ownership::orphan_idle(at, "python", {id}, 0ms, not_after, 1s);
    auto taking = world.redis.exec(*step.what, step.keys, step.arguments);
    const auto answer = co_await std::move(taking);
    co_return answer.value()[0].integer().value_or(-1);
  };
  world.play([&]() -> asio::awaitable<void> {
    const auto too_late = co_await taken(now - 1s);
    CHECK(too_late == 0);
    const auto in_time = co_await taken(now + 1h);
    CHECK(in_time == 1);
  });
}

TEST_CASE("a server's clock that is set by an hour takes nothing from those who live") {
  for (const long offset : {3'600, -3'600}) {
    CAPTURE(offset);
    settable_clock day;
    stream_world world(day.server());
    world.play([&]() -> asio::awaitable<void> {
      const auto before = time_of(world.server);
      world.add("jobs", 3);
      process beats(world, beating_member("beats").prefetch(0));
      beats.held = co_await beats.self->get_batch(2);
      // Of one that does not beat only idle times tell whether it works.
      const auto id = world.server.command({"XREVRANGE", "jobs", "+", "-", "COUNT", "1"});
      world.server.command({"XREADGROUP", "GROUP", "workers", "python", "STREAMS", "jobs", ">"});
      bool works = true;
      world.beside([&]() -> asio::awaitable<void> {
        while (works) {
          world.server.command(
              {"XCLAIM", "jobs", "workers", "python", "0", id.substr(0, id.find('\n')), "JUSTID"});
          co_await pause(100ms);
        }
      });
      process other(world, beating_member("other").prefetch(0));
      auto stolen = co_await other.self->get_entry(1s);
      CHECK_FALSE(stolen);
      day.set(offset);
      CHECK(std::abs(time_of(world.server) - before - offset) < 60);
      stolen = co_await other.self->get_entry(1s);
      CHECK_FALSE(stolen);
      CHECK(world.events.count<sluice::events::clock_stepped>() == 2);
      for (auto& each : beats.held) CHECK_FALSE(each.lease_lost());
      // And whoever dies then is noticed as ever.
      works = false;
      beats.kill();
      const auto found = co_await numbers(*other.self, 3);
      CHECK(std::set<int>(found.begin(), found.end()) == std::set<int>{0, 1, 2});
    });
  }
}

TEST_CASE("a sweeper that dies before the clock is set back is followed by another one") {
  settable_clock day;
  stream_world world(day.server());
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 2);
    process first(world, beating_member("first").prefetch(0));
    first.held = co_await first.self->get_batch(2);
    co_await until([&] {
      return world.server.command({"EXISTS", "jobs:sluice:workers:sweeper"}) == "1";
    });
    process heir(world, beating_member("heir"));
    const auto nothing = co_await heir.self->get_entry(300ms);
    CHECK_FALSE(nothing);
    first.kill();
    day.set(-3'600);
    const auto found = co_await numbers(*heir.self, 2);
    CHECK(found == series(2));
  });
}

TEST_CASE("an entry whose delay a step of the server's clock swallows comes at once") {
  settable_clock day;
  stream_world world(day.server());
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    process self(world, beating_member("self"));
    auto job = co_await self.self->get_entry(5s);
    co_await std::move(*job).nack(30min);
    day.set(3'600);
    auto again = co_await self.self->get_entry(10s);
    REQUIRE(again);
    co_await std::move(*again).ack();
  });
}

TEST_CASE("what stands among the released entries and is no id keeps nothing behind it") {
  stream_world world;
  world.add("jobs", 3);
  world.server.command({"ZADD", "jobs:sluice:workers:released", "1", "garbage"});
  world.play([&]() -> asio::awaitable<void> {
    group_consumer one(world.redis, beating_member("one"));
    for (int n = 0; n < 3; ++n) {
      auto job = co_await one.get_entry(5s);
      REQUIRE(job);
      co_await std::move(*job).nack();
    }
    for (int n = 0; n < 3; ++n) {
      auto job = co_await one.get_entry(5s);
      REQUIRE(job);
      CHECK(job->redelivered());
      co_await std::move(*job).ack();
    }
  });
  CHECK(world.events.count<sluice::events::upkeep_failed>() == 0);
}

TEST_CASE("a sweep that is refused half-way is told once, however often it is tried") {
  stream_world world;
  world.add("jobs", 3);
  world.server.command({"XGROUP", "CREATE", "jobs", "workers", "0"});
  world.server.command({"XREADGROUP", "GROUP", "workers", "dead", "STREAMS", "jobs", ">"});
  world.server.command({"ACL", "SETUSER", "default", "-xclaim"});
  world.play([&]() -> asio::awaitable<void> {
    group_consumer one(world.redis, sluice::group("workers").stream("jobs").claim_timeout(50ms));
    const auto nothing = co_await one.get_entry(1s);
    CHECK_FALSE(nothing);
  });
  CHECK(world.events.count<sluice::events::upkeep_failed>() == 1);
}

TEST_CASE("workers outlive whatever is done to their group, and work on what comes later") {
  using words = std::vector<std::string>;
  const std::vector<words> blows{{"FLUSHALL"},
                                 {"DEL", "jobs"},
                                 {"XGROUP", "DESTROY", "jobs", "workers"},
                                 {"DEL", "jobs:sluice:workers:released"},
                                 {"SCRIPT", "FLUSH"},
                                 {"XGROUP", "DELCONSUMER", "jobs", "workers", "one"}};
  for (const auto& blow : blows) {
    CAPTURE(blow);
    stream_world world;
    std::multiset<std::string> handled;
    const auto work = [&](sluice::delivery& which) -> asio::awaitable<void> {
      const std::string name(which.field("n"));
      handled.insert(name);
      const bool first = handled.count(name) == 1;
      if (first && name == "3") throw std::runtime_error("it fails at first");
      co_await pause(20ms);
    };
    const auto how = sluice::concurrency(4).retry(sluice::retry_policy::fixed(100ms).jitter(0));
    world.play([&]() -> asio::awaitable<void> {
      sluice::worker one(world.redis, beating_member("one"), work, how);
      auto elsewhere = world.connect(world.server.url());
      sluice::worker two(elsewhere, beating_member("two"), work, how);
      world.beside([&] { return one.run(); });
      world.beside([&] { return two.run(); });
      world.add("jobs", 40);
      co_await until([&] { return handled.size() >= 10; });
      world.server.command(blow);
      co_await pause(100ms);
      world.add("jobs", 20, 1'000);
      co_await until([&] {
        int late = 0;
        for (int i = 1'000; i < 1'020; ++i) late += handled.contains(std::to_string(i)) ? 1 : 0;
        return late == 20;
      });
      one.stop();
      two.stop();
      co_await until([&] { return world.pending("jobs", "workers") == 0; });
    });
  }
}

TEST_CASE("a worker whose server answers nothing any more is stopped, and its work comes again") {
  stream_world world;
  fault_proxy proxy(world.server);
  world.add("jobs", 10);
  std::set<std::string> done;
  const auto work = [&done](sluice::delivery& what) -> asio::awaitable<void> {
    done.emplace(what.id_text());
    co_return;
  };
  const auto member = [](const char* name) {
    return sluice::group("workers").consumer(name).stream("jobs").heartbeat(50ms).claim_timeout(
        300ms);
  };
  sluice::worker first(world.connect(proxy.url()), member("first"),
                       [&](sluice::delivery& what) -> asio::awaitable<void> {
                         proxy.requests().hold();
                         co_await work(what);
                       });
  world.beside([&]() -> asio::awaitable<void> {
    co_await until([&] { return !done.empty(); });
    first.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await first.run(); }, 15s);
  CHECK(world.pending("jobs", "workers") > 0);
  proxy.heal();
  sluice::worker heir(world.redis, member("heir"), work);
  world.beside([&]() -> asio::awaitable<void> {
    co_await until([&] { return world.pending("jobs", "workers") == 0 && done.size() == 10; });
    heir.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await heir.run(); });
  CHECK(done.size() == 10);
}

}  // namespace
