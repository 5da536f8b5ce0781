// A server that answers, and refuses: too few replicas, a disk that cannot be written, a master
// that became a replica, rights that were revoked, a script that does not end, data that is being
// loaded.

#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <thread>

namespace {

using namespace scene;
using sluice::consumer;
using sluice::errc;
using sluice::group_consumer;
using sluice::waiting;

// Takes entries until there are `count`, whatever is told meanwhile; keeps what was told.
template <class Consumer>
asio::awaitable<std::vector<int>> at_last(Consumer& in, std::size_t count,
                                          std::vector<sluice::error>& told) {
  std::vector<int> found;
  while (found.size() < count) {
    try {
      const auto more = co_await numbers(in, 1, waiting(100ms));
      found.insert(found.end(), more.begin(), more.end());
    } catch (const sluice::error& why) {
      told.push_back(why);
    }
  }
  co_return found;
}

TEST_CASE("an entry that comes while a member's reading is refused is read when it no longer is") {
  const auto as = GENERATE(from_range(each_reading()));
  const auto what = GENERATE(from_range(refusals()));
  CAPTURE(as, what);
  refusing_world world(as);
  group_consumer in(world.redis, world.member());
  world.play([&]() -> asio::awaitable<void> {
    const auto none = co_await in.get_entry(waiting::none());
    CHECK_FALSE(none);
    std::vector<int> found;
    std::vector<sluice::error> told;
    world.beside([&]() -> asio::awaitable<void> { found = co_await at_last(in, 2, told); });
    co_await pause(10ms);
    world.add_and_refuse("0", what);
    co_await until([&] { return world.events.count<sluice::events::read_failed>() >= 2; });
    CHECK(found.empty());
    world.give(what.end);
    world.add("s", 1, 1);
    co_await until([&] { return found == series(2); });
    for (const auto& each : told) CHECK(each.code() == what.code);
    // What a person has to mend is told, once; what passes is not.
    const bool passes = make_error_code(what.code) == sluice::condition::retryable;
    CHECK(told.size() == (passes ? 0U : 1U));
  });
}

TEST_CASE("a reader whose right to read is revoked is told once, and reads on when it is back") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  const auto what = refusals().back();
  refusing_world world(as);
  consumer in(world.redis, world.reader());
  world.play([&]() -> asio::awaitable<void> {
    const auto none = co_await in.get_entry(waiting::none());
    CHECK_FALSE(none);
    std::vector<int> found;
    std::vector<sluice::error> told;
    world.beside([&]() -> asio::awaitable<void> { found = co_await at_last(in, 2, told); });
    co_await pause(10ms);
    world.add_and_refuse("0", what);
    co_await until([&] { return world.events.count<sluice::events::read_failed>() >= 2; });
    world.give(what.end);
    world.add("s", 1, 1);
    co_await until([&] { return found == series(2); });
    REQUIRE(told.size() == 1);
    CHECK(told[0].code() == errc::not_permitted);
    CHECK(told[0].why().stream() == "s");
  });
}

TEST_CASE("an acknowledgement that is refused is told, and the entry stays pending") {
  const auto what = GENERATE(from_range(refusals()));
  CAPTURE(what);
  refusing_world world(each_reading().front());
  world.add("s", 2);
  {
    group_consumer in(world.redis, world.member());
    world.play([&]() -> asio::awaitable<void> {
      auto both = co_await in.get_batch(2);
      REQUIRE(both.size() == 2);
      world.give(what.begin);
      const auto why = co_await failure_of(std::move(both[0]).ack());
      CHECK(why.code() == what.code);
      std::move(both[1]).ack_later();
      co_await in.flush();
      CHECK(world.events.count<sluice::events::acknowledgement_failed>() == 2);
      world.give(what.end);
      CHECK(world.pending("s", "g") == 2);
    });
  }
  // The next one of that name gets them first.
  group_consumer next(world.redis, world.member());
  world.play([&]() -> asio::awaitable<void> {
    const auto again = co_await numbers(next, 2);
    CHECK(again == series(2));
    co_await next.flush();
    CHECK(world.pending("s", "g") == 0);
  });
}

TEST_CASE("an entry that is refused was not added, and the error says why") {
  const auto what = GENERATE(from_range(refusals()));
  CAPTURE(what);
  refusing_world world(each_reading().front());
  sluice::producer out(world.redis);
  world.play([&]() -> asio::awaitable<void> {
    co_await out.add("s", sluice::fields("n", "0"));
    world.give(what.begin);
    const auto why = co_await failure_of(out.add("s", sluice::fields("n", "1")));
    CHECK(why.code() == what.code);
    CHECK_FALSE(why.why().server_text().empty());
    co_await out.send("s", sluice::fields("n", "2"));
    const auto sent = co_await failure_of(out.flush());
    CHECK(sent.code() == what.code);
    CHECK(world.server.command({"XLEN", "s"}) == "1");
    world.give(what.end);
    co_await out.add("s", sluice::fields("n", "1"));
    CHECK(world.server.command({"XLEN", "s"}) == "2");
  });
  CHECK(world.redis.counters().connects == 1);
}

TEST_CASE("a key that is replaced by another type is told once, and the other streams go on") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  waking_world world(as);
  group_consumer in(world.redis, world.member().stream("t").recheck_interval(1s));
  world.play([&]() -> asio::awaitable<void> {
    const auto none = co_await in.get_entry(waiting::none());
    CHECK_FALSE(none);
    world.server.command({"SET", "s", "text"});
    std::vector<sluice::error> told;
    std::vector<int> found;
    world.beside([&]() -> asio::awaitable<void> { found = co_await at_last(in, 3, told); });
    co_await until([&] { return told.size() == 1; });
    CHECK(told[0].code() == errc::wrong_type);
    CHECK(told[0].why().stream() == "s");
    world.add("t", 2);
    co_await pause(200ms);
    world.server.command({"DEL", "s"});
    world.add("s", 1, 2);
    co_await until([&] { return found == series(3); });
    CHECK(told.size() == 1);
  });
}

TEST_CASE("entries that a script adds and then keeps the server busy come when it ends") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  waking_world world(as, server_options().config("lua-time-limit", "20"));
  group_consumer in(world.redis, world.member());
  consumer reader(world.redis, world.reader());
  auto other = world.connect(world.server.url());
  world.play([&]() -> asio::awaitable<void> {
    const auto none = co_await in.get_entry(waiting::none());
    CHECK_FALSE(none);
    const auto nothing = co_await reader.get_entry(waiting::none());
    CHECK_FALSE(nothing);
    world.beside([&]() -> asio::awaitable<void> {
      co_await other.exec("EVAL",
                          "redis.call('XADD', 's', '*', 'n', 0) "
                          "for i = 1, 5e7 do end",
                          0);
    });
    std::vector<sluice::error> told;
    const auto found = co_await at_last(in, 1, told);
    const auto read = co_await at_last(reader, 1, told);
    CHECK(found == series(1));
    CHECK(read == series(1));
    CHECK(told.empty());
  });
  CHECK(world.redis.counters().connects <= 3);
}

// A server that takes most of a second to load its data, and answers meanwhile.
server_options slow_to_load() {
  return server_options()
      .config("rdbcompression", "no")
      .config("key-load-delay", "20000")
      .config("loading-process-events-interval-bytes", "1024");
}

// Lets the server load its data from the start, and returns once it is at it.
std::jthread reload(private_server& server) {
  server.command({"EVAL", "for i = 1, 40 do redis.call('SET', i, string.rep('x', 4000)) end", "0"});
  return std::jthread([&server] { server.command({"DEBUG", "RELOAD"}); });
}

TEST_CASE("readers wait while the server loads its data, and go on by themselves") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  waking_world world(as, slow_to_load());
  group_consumer in(world.redis, world.member());
  consumer reader(world.redis, world.reader());
  world.play([&]() -> asio::awaitable<void> {
    world.add("s", 1);
    std::vector<sluice::error> told;
    const auto found = co_await at_last(in, 1, told);
    CHECK(found == series(1));
    const auto read = co_await at_last(reader, 1, told);
    CHECK(read == series(1));
    std::vector<int> rest, others;
    world.beside([&]() -> asio::awaitable<void> { rest = co_await at_last(in, 1, told); });
    world.beside([&]() -> asio::awaitable<void> { others = co_await at_last(reader, 1, told); });
    co_await pause(10ms);
    auto loading = reload(world.server);
    // A blocking read hears nothing of it.
    co_await until([&] {
      return as.how == sluice::wake::block ||
             world.events.count<sluice::events::read_failed>() >= 2;
    });
    loading.join();
    world.add("s", 1, 1);
    co_await until([&] { return rest == series(1, 1) && others == series(1, 1); });
    CHECK(told.empty());
  });
}

TEST_CASE("a client that comes while the server loads its data is served once that is done") {
  stream_world world(slow_to_load());
  world.server.command({"SET", "key", "value"});
  world.play([&]() -> asio::awaitable<void> {
    auto loading = reload(world.server);
    co_await pause(50ms);
    const sluice::reply got = co_await world.redis.exec("GET", "key");
    CHECK(got.as<std::string>() == "value");
    loading.join();
    const auto refused = world.events.lines<sluice::events::retrying>();
    REQUIRE_FALSE(refused.empty());
    CHECK(refused.front().find("loading") != std::string::npos);
  });
}

}  // namespace
