// A producer with a name when replies are lost: each entry is stored exactly once, whatever breaks.

#include "support/catch.hpp"
#include "support/stream_world.hpp"

#include <sluice/testing/fault_proxy.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace {

using namespace scene;
using sluice::add_options;
using sluice::durability;
using sluice::errc;
using sluice::fields;
using sluice::producer;
using sluice::testing::cut;
using sluice::testing::fault_proxy;

/// A named producer whose way to the server leads through a proxy.
struct broken_world : stream_world {
  explicit broken_world(durability stored = durability::master())
      : proxy(server), far(connect(proxy.url())), out(far, stored) {
    out.named("billing");
  }
  std::string stored() { return server.command({"XRANGE", "s", "-", "+"}); }
  std::string length() { return server.command({"XLEN", "s"}); }

  fault_proxy proxy;
  sluice::client far;
  producer out;
};

TEST_CASE("a reply that is lost at any byte is that of an entry that is stored once") {
  broken_world world;
  world.play([&]() -> asio::awaitable<void> {
    // $15 CRLF 1795268640503-0 CRLF is 22 bytes.
    for (std::uint64_t bytes = 0; bytes <= 22; ++bytes) {
      world.server.command({"DEL", "s"});
      // What else is on its way, such as pushes, would count as well.
      co_await world.far.ping();
      world.proxy.replies().truncate(bytes, bytes % 2 == 0 ? cut::reset : cut::close);
      const auto id = co_await world.out.add("s", fields("n", std::to_string(bytes)));
      CHECK(world.stored() == id.to_string() + "\nn\n" + std::to_string(bytes));
      world.proxy.heal();
    }
  });
  CHECK(world.far.counters().resent >= 22);
  CHECK(world.far.counters().outcomes_unknown == 0);
}

TEST_CASE("an entry that was executed before the link was cut gives its first id") {
  broken_world world;
  world.play([&]() -> asio::awaitable<void> {
    co_await world.far.connect();
    const auto how = GENERATE(cut::close, cut::reset);
    world.proxy.replies().lose(1, how);
    const auto first = co_await world.out.add("s", fields("n", "0"));
    CHECK(world.stored().find(first.to_string()) == 0);
    world.proxy.replies().lose(1, how);
    const auto keyed = co_await world.out.add("s", fields("n", "1"), add_options().once("k"));
    CHECK(keyed > first);
    world.proxy.replies().lose(1, how);
    co_await world.out.send("s", fields("n", "2"));
    co_await world.out.flush();
    CHECK(world.length() == "3");
  });
  CHECK(world.far.counters().resent == 3);
}

TEST_CASE("an entry that never reached the server is added on the next link") {
  broken_world world;
  world.play([&]() -> asio::awaitable<void> {
    for (std::uint64_t bytes : {0U, 1U, 60U, 150U}) {
      co_await world.far.connect();
      world.proxy.requests().truncate(bytes, cut::reset);
      co_await world.out.add("s", fields("n", std::to_string(bytes)));
    }
    CHECK(world.length() == "4");
  });
}

TEST_CASE("a unit of many that is cut behind any of its replies is stored once and in order") {
  broken_world world;
  world.play([&]() -> asio::awaitable<void> {
    std::vector<fields> many;
    for (int i = 0; i < 3'500; ++i) many.push_back(fields("n", std::to_string(i)));
    for (std::uint64_t replies = 1; replies <= 4; ++replies) {
      world.server.command({"DEL", "s"});
      co_await world.far.connect();
      world.proxy.replies().lose(replies, cut::close);
      const auto ids = co_await world.out.add_many("s", many);
      CHECK(ids.size() == many.size());
      CHECK(std::is_sorted(ids.begin(), ids.end()));
      sluice::consumer in(world.redis, sluice::streams("s", sluice::start::earliest()));
      const auto found = co_await numbers(in, many.size());
      CHECK(found == series(3'500));
      CHECK(world.length() == "3500");
    }
  });
}

TEST_CASE("with a durability the wait is asked again as well, and covers the first execution") {
  stream_world nowhere;
  broken_world world(durability::replicas(1, 20ms));
  world.play([&]() -> asio::awaitable<void> {
    // Without a replica each addition says so: it was heard to its end. Its first execution, the
    // repeated one and both of their waits may lose their reply.
    for (std::uint64_t reply = 1; reply <= 2; ++reply) {
      world.server.command({"DEL", "s"});
      co_await failure_of(world.out.add("warm", fields("n", "0")));
      world.proxy.replies().lose(reply, cut::close);
      const auto why = co_await failure_of(world.out.add("s", fields("n", "0")));
      CHECK(why.code() == errc::too_few_replicas);
      CHECK(world.stored().find(why.why().id()) == 0);
      CHECK(world.length() == "1");
    }
    world.server.command({"DEL", "s"});
    world.proxy.replies().lose(2, cut::close);
    for (int i = 0; i < 3; ++i) co_await world.out.send("s", fields("n", std::to_string(i)));
    const auto sent = co_await failure_of(world.out.flush());
    CHECK(sent.code() == errc::too_few_replicas);
    CHECK(sent.why().message().find("3 entries") != std::string::npos);
    CHECK(world.length() == "3");
  });
}

TEST_CASE("a repeated addition is waited for on a replica that has not seen the first") {
  stream_world copy;
  stream_world master(server_options().tcp().config("repl-diskless-sync-delay", "0"));
  fault_proxy proxy(master.server);
  auto far = master.connect(proxy.url());
  producer out(far, durability::replicas(1, 1s));
  out.named("billing");
  copy.server.command({"REPLICAOF", "127.0.0.1", std::to_string(master.server.port())});
  master.play([&]() -> asio::awaitable<void> {
    co_await until([&] {
      return master.server.command({"INFO", "replication"}).find("state=online") !=
             std::string::npos;
    });
    co_await out.add("s", fields("n", "0"));
    copy.server.freeze();
    proxy.replies().lose(1, cut::close);
    const auto why = co_await failure_of(out.add("s", fields("n", "1")));
    CHECK(why.code() == errc::too_few_replicas);
    copy.server.thaw();
    CHECK(master.server.command({"XLEN", "s"}) == "2");
  });
}

TEST_CASE("what is cancelled or too late stays so, and is added at most once") {
  broken_world world;
  world.play([&]() -> asio::awaitable<void> {
    co_await world.far.connect();
    world.proxy.replies().hold();
    const auto late =
        co_await failure_of(world.out.add("s", fields("n", "0"), add_options().timeout(40ms)));
    CHECK(late.code() == errc::timeout);
    asio::cancellation_signal stop;
    sluice::error why;
    bool done = false;
    asio::co_spawn(
        world.io,
        [&]() -> asio::awaitable<void> {
          why = co_await failure_of(world.out.add("s", fields("n", "1")));
          done = true;
        },
        asio::bind_cancellation_slot(stop.slot(), sluice::rethrow));
    co_await pause(20ms);
    stop.emit(asio::cancellation_type::terminal);
    co_await until([&] { return done; });
    CHECK(why.code() == errc::cancelled);
    world.proxy.close();
    world.proxy.heal();
    co_await world.out.add("s", fields("n", "2"));
    CHECK(world.length() == "3");
  });
}

TEST_CASE("a server that restarts with its data remembers, and knows the script at once") {
  stream_world world(server_options().append_only(sluice::testing::fsync::always));
  fault_proxy proxy(world.server);
  auto far = world.connect(proxy.url());
  producer out(far);
  out.named("billing");
  world.play([&]() -> asio::awaitable<void> {
    co_await out.add("s", fields("n", "0"));
    proxy.replies().hold();
    int done = 0;
    for (int i = 1; i <= 50; ++i) {
      world.beside([&, i]() -> asio::awaitable<void> {
        co_await out.add("s", fields("n", std::to_string(i)));
        ++done;
      });
    }
    co_await until([&] { return world.server.command({"XLEN", "s"}) == "51"; });
    world.server.kill();
    world.server.start();
    proxy.close();
    proxy.heal();
    co_await until([&] { return done == 50; });
    sluice::consumer in(world.redis, sluice::streams("s", sluice::start::earliest()));
    const auto found = co_await numbers(in, 51);
    CHECK(found == series(51));
    CHECK(world.server.command({"XLEN", "s"}) == "51");
  });
}

TEST_CASE("under kills each entry of many coroutines is stored once, in order") {
  broken_world world;
  auto& out = world.out;
  // So that something is always on its way.
  world.proxy.replies().delay(3ms);
  constexpr int coroutines = 50;
  constexpr int entries = 100;
  int done = 0;
  int kills = 0;
  world.play([&]() -> asio::awaitable<void> {
    for (int who = 0; who < coroutines; ++who) {
      world.beside([&, who]() -> asio::awaitable<void> {
        for (int i = 0; i < entries; ++i) {
          const fields what("who", std::to_string(who), "n", std::to_string(i));
          if (who % 5 == 0) {
            co_await out.send("s", what);
          } else {
            co_await out.add("s", what);
          }
        }
        if (who % 5 == 0) co_await out.flush();
        ++done;
      });
    }
    while (done < coroutines) {
      co_await pause(50ms);
      if (++kills % 2 == 0) {
        world.proxy.reset();
      } else {
        world.server.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
      }
    }
    sluice::consumer in(world.redis, sluice::streams("s", sluice::start::earliest()));
    std::map<std::string, int> next;
    for (int i = 0; i < coroutines * entries; ++i) {
      const auto got = co_await in.get_entry(sluice::waiting(1s));
      REQUIRE(got);
      REQUIRE(number_of(*got) == next[std::string(got->field("who", ""))]++);
    }
    CHECK(world.server.command({"XLEN", "s"}) == std::to_string(coroutines * entries));
  });
  CHECK(world.far.counters().links_lost >= 5);
  CHECK(world.far.counters().resent > 100);
}

}  // namespace
