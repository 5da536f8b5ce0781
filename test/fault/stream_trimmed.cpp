// Entries that are gone before somebody read them: trimmed, deleted or evicted with their stream.

#include "support/catch.hpp"
#include "support/wakes.hpp"

namespace {

using namespace scene;
using sluice::consumer;
using sluice::group_consumer;
using sluice::waiting;

// Takes what there is, and requires that it ends with the five entries that are left of twenty.
template <class Consumer>
asio::awaitable<void> goes_on_with_what_is_left(waking_world& world, Consumer& in) {
  world.add("s", 20);
  auto found = co_await numbers(in, 2);
  CHECK(found == series(2));
  world.server.command({"XTRIM", "s", "MAXLEN", "5"});
  while (found.back() != 19) {
    const auto next = co_await numbers(in, 1);
    REQUIRE(next.size() == 1);
    // In order, each once.
    CHECK(next.front() > found.back());
    found.push_back(next.front());
  }
  REQUIRE(found.size() >= 7);
  CHECK(std::vector<int>(found.end() - 5, found.end()) == series(5, 15));
  world.add("s", 1, 20);
  const auto after = co_await numbers(in, 1);
  CHECK(after == series(1, 20));
}

TEST_CASE("a reader behind what was trimmed goes on with what is left") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  waking_world world(as);
  consumer in(world.redis, world.reader().prefetch(2));
  world.play([&]() -> asio::awaitable<void> { co_await goes_on_with_what_is_left(world, in); });
}

TEST_CASE("a member behind what was trimmed goes on with what is left") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  waking_world world(as);
  group_consumer in(world.redis, world.member().prefetch(2));
  world.play([&]() -> asio::awaitable<void> {
    co_await goes_on_with_what_is_left(world, in);
    co_await in.flush();
    CHECK(world.pending("s", "g") == 0);
  });
}

TEST_CASE("a stream that is trimmed to nothing is read on when something comes") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  waking_world world(as);
  world.add("s", 5);
  group_consumer in(world.redis, world.member());
  consumer reader(world.redis, world.reader());
  world.play([&]() -> asio::awaitable<void> {
    const auto found = co_await numbers(in, 5);
    CHECK(found == series(5));
    const auto read = co_await numbers(reader, 5);
    CHECK(read == series(5));
    world.server.command({"XTRIM", "s", "MAXLEN", "0"});
    const auto none = co_await in.get_entry(waiting(20ms));
    CHECK_FALSE(none);
    world.add("s", 1, 5);
    const auto next = co_await numbers(in, 1);
    CHECK(next == series(1, 5));
    const auto also = co_await numbers(reader, 1);
    CHECK(also == series(1, 5));
  });
  CHECK(world.events.count<sluice::events::group_recreated>() == 0);
}

TEST_CASE("a stream that is evicted with its group is served again when there is memory") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  waking_world world(as);
  group_consumer in(world.redis, world.member());
  consumer reader(world.redis, world.reader());
  world.play([&]() -> asio::awaitable<void> {
    world.add("s", 3);
    const auto found = co_await numbers(in, 3);
    CHECK(found == series(3));
    const auto read = co_await numbers(reader, 3);
    CHECK(read == series(3));
    co_await in.flush();
    world.server.command({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
    world.server.command({"CONFIG", "SET", "maxmemory", "1"});
    co_await until([&] { return world.server.command({"EXISTS", "s"}) == "0"; });
    const auto none = co_await in.get_entry(waiting(50ms));
    CHECK_FALSE(none);
    world.server.command({"CONFIG", "SET", "maxmemory", "0"});
    world.add("s", 2, 3);
    const auto rest = co_await numbers(in, 2, waiting(10s));
    CHECK(rest == series(2, 3));
    const auto others = co_await numbers(reader, 2, waiting(10s));
    CHECK(others == series(2, 3));
  });
  CHECK(world.events.count<sluice::events::group_recreated>() == 1);
}

TEST_CASE("a member that begins while the server has no memory works on what is there") {
  stream_world world;
  world.add("s", 3);
  world.server.command({"XGROUP", "CREATE", "s", "g", "0"});
  world.server.command({"CONFIG", "SET", "maxmemory", "1"});
  group_consumer in(world.redis, sluice::group("g").stream("s"));
  world.play([&]() -> asio::awaitable<void> {
    const auto found = co_await numbers(in, 3);
    CHECK(found == series(3));
    co_await in.flush();
    CHECK(world.pending("s", "g") == 0);
  });
}

}  // namespace
