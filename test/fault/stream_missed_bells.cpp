// What rings no bell, and bells that are lost: the net finds it all.

#include "support/catch.hpp"
#include "support/stream_world.hpp"

#include <sluice/testing/fault_proxy.hpp>

#include <filesystem>

namespace {

using namespace scene;
using sluice::consumer;
using sluice::errc;
using sluice::group_consumer;
using sluice::start;
using sluice::waiting;
using sluice::testing::fault_proxy;

// The net is looked at every second, give or take a fifth.
constexpr auto net = 1s;
constexpr waiting within_net(2'500ms);

sluice::group parked_member() {
  return sluice::group("g").consumer("c").stream("s").recheck_interval(net);
}

// A member that is parked behind a proxy.
struct parked_world : stream_world {
  explicit parked_world(const server_options& how = server_options())
      : stream_world(how), proxy(server), far(connect(proxy.unix_url())), in(far, parked_member()) {
    play([this]() -> asio::awaitable<void> {
      const auto none = co_await in.get_entry(waiting::none());
      CHECK_FALSE(none);
    });
  }

  // Lets the scene run while the member waits for `count` entries.
  asio::awaitable<void> expect(std::vector<int> wanted, waiting how_long = within_net) {
    const auto found = co_await numbers(in, wanted.size(), how_long);
    CHECK(found == wanted);
  }

  fault_proxy proxy;
  sluice::client far;
  group_consumer in;
};

TEST_CASE("a bell that is lost costs one interval of the net, and the next one rings again") {
  parked_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.proxy.replies().drop_pushes();
    world.add("s", 1);
    co_await world.expect(series(1));
    world.proxy.replies().drop_pushes(false);
    const auto none = co_await world.in.get_entry(waiting(10ms));
    CHECK_FALSE(none);
    const auto bells = world.far.counters().doorbells;
    world.add("s", 1, 1);
    co_await world.expect(series(1, 1));
    CHECK(world.far.counters().doorbells == bells + 1);
  });
}

TEST_CASE("with no bell ever arriving, everything arrives all the same") {
  parked_world world;
  world.proxy.replies().drop_pushes();
  world.play([&]() -> asio::awaitable<void> {
    for (int i = 0; i < 3; ++i) {
      world.add("s", 1, i);
      co_await world.expect(series(1, i));
    }
  });
}

TEST_CASE("databases that change places ring no bell") {
  stream_world world;
  group_consumer in(world.redis, parked_member());
  world.play([&]() -> asio::awaitable<void> {
    const auto none = co_await in.get_entry(waiting::none());
    CHECK_FALSE(none);
    world.server.command({"EVAL",
                          "redis.call('SELECT',1) redis.call('XADD','s','*','n','7') "
                          "redis.call('XGROUP','CREATE','s','g','0')",
                          "0"});
    world.server.command({"SWAPDB", "0", "1"});
    const auto found = co_await numbers(in, 1, within_net);
    CHECK(found == std::vector{7});
  });
}

TEST_CASE("a group that is set back rings no bell") {
  parked_world world;
  world.add("s", 2);
  world.play([&]() -> asio::awaitable<void> {
    co_await world.expect(series(2));
    const auto none = co_await world.in.get_entry(waiting(10ms));
    CHECK_FALSE(none);
    SECTION("by SETID") { world.server.command({"XGROUP", "SETID", "s", "g", "0"}); }
    SECTION("made anew by somebody else") {
      world.server.command({"MULTI"});
      world.server.command({"XGROUP", "DESTROY", "s", "g"});
      world.server.command({"XGROUP", "CREATE", "s", "g", "0"});
      world.server.command({"EXEC"});
    }
    co_await world.expect(series(2));
  });
}

TEST_CASE("tracking that is turned off behind our back is made up for by the net") {
  parked_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.proxy.requests().inject(
        "*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$4\r\nSKIP\r\n"
        "*3\r\n$6\r\nCLIENT\r\n$8\r\nTRACKING\r\n$3\r\nOFF\r\n");
    co_await until([&] { return world.calls("client|tracking") == 2; });
    world.add("s", 1);
    co_await world.expect(series(1));
    world.add("s", 1, 1);
    co_await world.expect(series(1, 1));
  });
}

TEST_CASE("a connection whose state is reset behind our back is given up and made anew") {
  parked_world world;
  const auto* const command = GENERATE("*1\r\n$5\r\nRESET\r\n", "*2\r\n$5\r\nHELLO\r\n$1\r\n2\r\n",
                                       "*3\r\n$6\r\nCLIENT\r\n$8\r\nTRACKING\r\n$3\r\nOFF\r\n");
  world.play([&]() -> asio::awaitable<void> {
    world.proxy.requests().inject(command);
    world.add("s", 1);
    co_await world.expect(series(1));
    co_await until([&] { return world.far.counters().links_lost == 1; });
    world.add("s", 1, 1);
    co_await world.expect(series(1, 1));
  });
}

TEST_CASE("pushes that nobody asked for, and keys that nobody reads, disturb nothing") {
  parked_world world;
  world.play([&]() -> asio::awaitable<void> {
    const auto reads = world.far.counters().stream_reads;
    world.proxy.replies().inject(">2\r\n$10\r\ninvalidate\r\n*1\r\n$5\r\nother\r\n");
    world.proxy.replies().inject(">2\r\n$10\r\ninvalidate\r\n*0\r\n");
    world.proxy.replies().inject(">2\r\n$10\r\ninvalidate\r\n*2\r\n:1\r\n_\r\n");
    world.proxy.replies().inject(">1\r\n$7\r\nunknown\r\n");
    co_await until([&] { return world.far.counters().pushes >= 4; });
    CHECK(world.far.counters().stream_reads == reads);
    world.proxy.replies().inject(">2\r\n$10\r\ninvalidate\r\n_\r\n");
    co_await until([&] { return world.far.counters().stream_reads > reads; });
    world.add("s", 1);
    co_await world.expect(series(1));
    CHECK(world.far.counters().links_lost == 0);
  });
}

TEST_CASE("entries that are there while reading is refused are read when it no longer is") {
  parked_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.server.command({"MULTI"});
    world.server.command({"XADD", "s", "*", "n", "0"});
    world.server.command({"CONFIG", "SET", "min-replicas-to-write", "1"});
    world.server.command({"EXEC"});
    co_await until([&] { return world.events.count<sluice::events::read_failed>() >= 2; });
    // Waiting mends it: nobody is told but the log.
    const auto none = co_await world.in.get_entry(waiting(20ms));
    CHECK_FALSE(none);
    world.server.command({"CONFIG", "SET", "min-replicas-to-write", "0"});
    co_await world.expect(series(1), waiting(5s));
  });
}

TEST_CASE("a server that cannot write its disk is waited for") {
  parked_world world(server_options().config("dbfilename", "blocked").config("save", "3600 1"));
  std::filesystem::create_directory(world.server.directory() / "blocked");
  world.play([&]() -> asio::awaitable<void> {
    world.add("s", 1);
    co_await world.expect(series(1));
    world.add("s", 1, 1);
    world.server.command({"BGSAVE"});
    co_await until([&] {
      return world.server.command({"INFO", "persistence"}).find("rdb_last_bgsave_status:err") !=
             std::string::npos;
    });
    // One more look, which is refused.
    group_consumer other(world.redis, parked_member().consumer("d"));
    const auto none = co_await other.get_entry(waiting(100ms));
    CHECK((!none || number_of(*none) == 1));
    std::filesystem::remove(world.server.directory() / "blocked");
    world.server.command({"BGSAVE"});
    co_await until([&] {
      return world.server.command({"INFO", "persistence"}).find("rdb_last_bgsave_status:ok") !=
             std::string::npos;
    });
    world.add("s", 1, 2);
    std::vector<int> found;
    while (!std::count(found.begin(), found.end(), 2)) {
      const auto more = co_await numbers(world.in, 1, waiting(50ms));
      found.insert(found.end(), more.begin(), more.end());
      const auto others = co_await numbers(other, 1, waiting(50ms));
      found.insert(found.end(), others.begin(), others.end());
    }
  });
}

TEST_CASE("a tracking table that is too small does not make readers run in circles") {
  stream_world world(server_options().config("tracking-table-max-keys", "5"));
  std::vector<std::unique_ptr<group_consumer>> members;
  std::vector<std::unique_ptr<consumer>> readers;
  world.play([&]() -> asio::awaitable<void> {
    int taken = 0;
    for (int i = 0; i < 20; ++i) {
      const auto name = "s" + std::to_string(i);
      members.push_back(std::make_unique<group_consumer>(
          world.redis, sluice::group("g").consumer("c").stream(name).recheck_interval(60s)));
      readers.push_back(std::make_unique<consumer>(
          world.redis, sluice::streams(name, start::earliest()).recheck_interval(60s)));
      world.beside([&, i]() -> asio::awaitable<void> {
        auto& in = *members[static_cast<std::size_t>(i)];
        for (auto next = co_await in.get_entry(); next; next = co_await in.get_entry()) ++taken;
      });
      world.beside([&, i]() -> asio::awaitable<void> {
        auto& in = *readers[static_cast<std::size_t>(i)];
        for (auto next = co_await in.get_entry(); next; next = co_await in.get_entry()) ++taken;
      });
    }
    // The pauses have grown by then: 40 readers that look once a second or so.
    co_await pause(2s);
    const auto before = world.redis.counters().stream_reads;
    co_await pause(1s);
    CHECK(world.redis.counters().stream_reads - before < 250);
    for (int i = 0; i < 20; ++i) world.add("s" + std::to_string(i), 1);
    co_await until([&] { return taken == 40; }, 5s);
    for (auto& each : members) each->close();
    for (auto& each : readers) each->close();
  });
}

}  // namespace
