// Entries that are small enough, and too many for one reply; and one that is too large for any.
#include "support/stream_world.hpp"

#include <sluice/group/dead_letters.hpp>

#include <set>
#include <string>

namespace {

using namespace scene;
using sluice::errc;
using sluice::group;
using sluice::group_consumer;

constexpr int count = 40;

group member() { return group("g").consumer("m").stream("s"); }

struct large_world : stream_world {
  large_world() : here(client_of(server.url())) {}

  /// Replies of at most 100 kB, of at most 50 kB each entry.
  sluice::client client_of(std::string_view url) {
    sluice::resp::limits limits;
    limits.max_reply = 100'000;
    limits.max_bulk = 50'000;
    return sluice::client(io.get_executor(), options(url).limits(limits));
  }
  void add_of(std::size_t bytes, int n) {
    const std::string large(bytes, 'x');
    server.command({"XADD", "s", "*", "n", std::to_string(n), "x", large});
  }
  void add_all() {
    for (int n = 0; n < count; ++n) add_of(10'000, n);
  }
  /// Makes all of them pending for a member.
  void leave_to(const std::string& name) {
    server.command({"XGROUP", "CREATE", "s", "g", "0"});
    server.command({"EVAL", "redis.call('XREADGROUP', 'GROUP', 'g', ARGV[1], 'STREAMS', 's', '>')",
                    "0", name});
  }
  std::size_t links_lost() { return events.count<sluice::events::disconnected>(); }

  sluice::client here;
};

TEST_CASE("entries that do not fit into one reply come in several") {
  large_world world;
  world.add_all();
  world.play([&]() -> asio::awaitable<void> {
    sluice::consumer in(world.here, sluice::streams("s", sluice::start::earliest()));
    const auto found = co_await numbers(in, count);
    CHECK(found == series(count));
  });
  CHECK(world.links_lost() <= 1);
}

TEST_CASE("a group gets them all, once") {
  for (const bool beats : {false, true}) {
    CAPTURE(beats);
    large_world world;
    world.add_all();
    auto how = member();
    if (beats) how.heartbeat(50ms);
    group_consumer in(world.here, how);
    world.play([&]() -> asio::awaitable<void> {
      const auto found = co_await numbers(in, count);
      CHECK(found == series(count));
    });
    CHECK(world.links_lost() <= 1);
  }
}

TEST_CASE("so does who finds them in its backlog, whatever it asks for at once") {
  for (const bool beats : {false, true}) {
    CAPTURE(beats);
    large_world world;
    world.add_all();
    world.leave_to("m");
    auto how = member();
    if (beats) how.heartbeat(50ms);
    group_consumer in(world.here, how);
    world.play([&]() -> asio::awaitable<void> {
      int found = 0;
      while (found < count) {
        auto batch = co_await in.get_batch(100);
        REQUIRE_FALSE(batch.empty());
        for (auto& each : batch) {
          REQUIRE(number_of(each) == found++);
          std::move(each).ack_later();
        }
      }
    });
    CHECK(world.links_lost() <= 1);
  }
}

TEST_CASE("and who takes them over from the dead") {
  large_world world;
  world.add_all();
  world.leave_to("dead");
  group_consumer in(world.here, member().claim_timeout(100ms));
  world.play([&]() -> asio::awaitable<void> {
    std::set<int> found;
    while (found.size() < count) {
      auto batch = co_await in.get_batch(100);
      REQUIRE_FALSE(batch.empty());
      for (auto& each : batch) {
        found.insert(number_of(each));
        std::move(each).ack_later();
      }
    }
    co_await in.flush();
    CHECK(world.pending("s", "g") == 0);
  });
}

TEST_CASE("a server that ends links for their large replies is asked for less") {
  stream_world world;
  const std::string large(500'000, 'x');
  for (int n = 0; n < count; ++n) {
    const auto number = std::to_string(n);
    world.server.command({"XADD", "s", "*", "n", number, "x", large});
  }
  world.server.command({"CONFIG", "SET", "client-output-buffer-limit", "pubsub 4mb 0 0"});
  group_consumer in(world.redis, member().heartbeat(50ms));
  world.play([&]() -> asio::awaitable<void> {
    const auto found = co_await numbers(in, count);
    CHECK(found == series(count));
  });
}

TEST_CASE("an entry that is too large for any reply is told, and the links go on") {
  for (const bool beats : {false, true}) {
    CAPTURE(beats);
    large_world world;
    world.add_of(10, 0);
    world.add_of(60'000, 1);
    auto how = member();
    if (beats) how.heartbeat(50ms);
    group_consumer in(world.here, how);
    world.play([&]() -> asio::awaitable<void> {
      auto first = co_await in.get_entry();
      REQUIRE(first);
      co_await std::move(*first).ack();
      const auto why = co_await failure_of(in.get_entry());
      CHECK(why.code() == errc::reply_too_large);
      CHECK(why.why().stream() == "s");
      in.close();
      const auto lost = world.links_lost();
      co_await world.here.ping();
      co_await pause(100ms);
      CHECK(world.links_lost() == lost);
    });
  }
}

TEST_CASE("dead letters are listed in as many replies as they need") {
  large_world world;
  const std::string large(10'000, 'x');
  for (int n = 0; n < count; ++n) {
    world.server.command(
        {"XADD", "s:dead",        "*", "dead.stream", "s", "dead.id",    "1-1", "dead.group",
         "g",    "dead.consumer", "m", "dead.reason", "r", "dead.error", "",    "dead.deliveries",
         "1",    "dead.added",    "1", "dead.died",   "2", "x",          large});
  }
  world.play([&]() -> asio::awaitable<void> {
    const sluice::dead_letters dead(world.here, "s:dead");
    const auto letters = co_await dead.list();
    CHECK(letters.size() == count);
  });
}

}  // namespace
