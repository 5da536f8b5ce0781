// Many streams looked at in one go.
#include "support/stream_world.hpp"

#include <sluice/admin/overview.hpp>
#include <sluice/admin/stream_list.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <string>
#include <vector>

namespace {

using namespace scene;
using sluice::errc;
using sluice::admin::facts_of;
using sluice::admin::states_of;

/// Streams s0, s1, … of three entries with the group g, of which "one" has two in hand.
struct crowd : stream_world {
  explicit crowd(int count) {
    server.command({"EVAL",
                    "for i=0,ARGV[1]-1 do local k='s'..i "
                    "for j=1,3 do redis.call('XADD',k,j..'-0','n',j) end "
                    "redis.call('XGROUP','CREATE',k,'g','0') "
                    "redis.call('XREADGROUP','GROUP','g','one','COUNT',2,'STREAMS',k,'>') end",
                    "0", std::to_string(count)});
    for (int i = 0; i < count; ++i) names.push_back('s' + std::to_string(i));
  }

  std::vector<std::string> names;
};

TEST_CASE("many streams are looked at in the order of their names, each once") {
  crowd world(500);
  world.play([&]() -> asio::awaitable<void> {
    const auto facts = co_await facts_of(world.redis, world.names);
    REQUIRE(facts.found.size() == 500);
    for (std::size_t i = 0; i < 500; ++i) CHECK(facts.found[i].name == world.names[i]);
    CHECK(facts.found[499].length == 3);
    CHECK(facts.forbidden.empty());
    CHECK(world.calls("xinfo|stream") == 500);
  });
}

TEST_CASE("their groups come with lag and consumers, or without the latter") {
  crowd world(100);
  const bool with_consumers = GENERATE(true, false);
  world.play([&]() -> asio::awaitable<void> {
    const auto states = co_await states_of(world.redis, world.names, with_consumers);
    REQUIRE(states.found.size() == 100);
    const auto& last = states.found[99];
    CHECK(last.stream == "s99");
    CHECK(last.facts.lag.count == 1);
    CHECK(last.facts.pending == 2);
    CHECK(last.facts.read == 2);
    CHECK(last.consumers.size() == (with_consumers ? 1 : 0));
    CHECK((world.calls("xinfo|consumers") > 0) == with_consumers);
  });
}

TEST_CASE("groups that keep up cost one question a stream") {
  stream_world world;
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) {
    names.push_back("s" + std::to_string(i));
    world.server.command({"XADD", names.back(), "1-0", "n", "1"});
    world.server.command({"XGROUP", "CREATE", names.back(), "g", "$"});
  }
  world.server.command({"CONFIG", "RESETSTAT"});
  world.play([&]() -> asio::awaitable<void> {
    const auto states = co_await states_of(world.redis, names, false);
    CHECK(states.found.size() == 20);
    CHECK(world.calls("xinfo|groups") == 20);
    CHECK(world.calls("xinfo|stream") == 0);
    CHECK(world.calls("xrange") == 0);
    CHECK(world.calls("time") == 0);
  });
}

TEST_CASE("what is gone, or is no stream any more, is missing, and no reason to fail") {
  crowd world(3);
  world.server.command({"DEL", "s0"});
  world.server.command({"DEL", "s1"});
  world.server.command({"SET", "s1", "text"});
  world.play([&]() -> asio::awaitable<void> {
    const auto facts = co_await facts_of(world.redis, world.names);
    REQUIRE(facts.found.size() == 1);
    CHECK(facts.found.front().name == "s2");
    const auto states = co_await states_of(world.redis, world.names);
    CHECK(states.found.size() == 1);
    CHECK(states.forbidden.empty());
  });
}

TEST_CASE("what this user may not look at is named, and the rest is shown") {
  crowd world(3);
  world.server.command({"ACL", "SETUSER", "guest", "on", ">word", "+@all", "~s1*", "~sluice:*"});
  world.play([&]() -> asio::awaitable<void> {
    auto how = world.options(world.server.url());
    how.credentials("guest", "word");
    const sluice::client guest(world.io.get_executor(), std::move(how));
    const auto facts = co_await facts_of(guest, world.names);
    REQUIRE(facts.found.size() == 1);
    CHECK(facts.found.front().name == "s1");
    CHECK(facts.forbidden == std::vector<std::string>{"s0", "s2"});
    const auto states = co_await states_of(guest, world.names);
    CHECK(states.found.size() == 1);
    CHECK(states.forbidden.size() == 2);
  });
}

TEST_CASE("streams with an entry that is too large for the client are named, and hide no others") {
  crowd world(300);
  const std::string large(60'000, 'x');
  std::vector<std::string> expected;
  for (int i = 0; i < 300; i += 25) {
    expected.push_back('s' + std::to_string(i));
    world.server.command({"XDEL", expected.back(), "3-0"});
    world.server.command({"XADD", expected.back(), "4-0", "n", large});
  }
  const bool of_groups = GENERATE(false, true);
  world.play([&]() -> asio::awaitable<void> {
    sluice::resp::limits limits;
    limits.max_bulk = 50'000;
    const auto how = world.options(world.server.url()).limits(limits);
    const sluice::client small(world.io.get_executor(), how);
    for (int round = 0; round < 3; ++round) {
      if (of_groups) {
        const auto all = co_await states_of(small, world.names);
        CHECK(all.found.size() == 288);
        CHECK(all.too_large == expected);
      } else {
        const auto all = co_await facts_of(small, world.names);
        CHECK(all.found.size() == 288);
        CHECK(all.too_large == expected);
        for (const auto& each : all.found) CHECK(each.dead_letters == 0);
      }
    }
  });
}

TEST_CASE("a client that is closed meanwhile is an error, and nothing hangs") {
  crowd world(2'000);
  world.play([&]() -> asio::awaitable<void> {
    co_await world.redis.connect();
    world.beside([&]() -> asio::awaitable<void> {
      co_await until([&] { return world.calls("xinfo|stream") > 100; });
      world.redis.stop();
    });
    const auto failure = co_await failure_of(facts_of(world.redis, world.names));
    CHECK(failure.code() == errc::closed);
  });
}

TEST_CASE("a cancelled look ends at once, and asks no more") {
  crowd world(5'000);
  asio::cancellation_signal cancel;
  std::exception_ptr thrown;
  bool ended = false;
  world.play([&]() -> asio::awaitable<void> {
    co_await world.redis.connect();
    const auto look = [&]() -> asio::awaitable<void> {
      co_await facts_of(world.redis, world.names);
    };
    const auto on_end = [&](std::exception_ptr why) {
      thrown = std::move(why);
      ended = true;
    };
    asio::co_spawn(world.io, look, asio::bind_cancellation_slot(cancel.slot(), on_end));
    co_await until([&] { return world.calls("xinfo|stream") > 100; });
    cancel.emit(asio::cancellation_type::terminal);
    co_await until([&] { return ended; });
    CHECK(thrown);
    co_await world.redis.ping();
    const auto asked = world.calls("xinfo|stream");
    CHECK(asked < 5'000);
    co_await world.redis.ping();
    CHECK(world.calls("xinfo|stream") == asked);
  });
}

TEST_CASE("a link that is cut meanwhile is mended, and nothing is missing") {
  crowd world(300);
  world.play([&]() -> asio::awaitable<void> {
    co_await world.redis.connect();
    world.server.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    const auto facts = co_await facts_of(world.redis, world.names);
    CHECK(facts.found.size() == 300);
  });
}

}  // namespace
