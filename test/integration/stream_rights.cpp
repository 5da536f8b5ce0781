// The rights that docs/guarantees.md calls the least are enough.

#include "support/catch.hpp"
#include "support/stream_world.hpp"

namespace {

using namespace scene;
using sluice::consumer;
using sluice::group_consumer;
using sluice::start;
using sluice::waiting;

// Word for word what the guarantees print.
std::string least_rights() {
  return "worker on >secret resetkeys ~app:* ~sluice:probe:* resetchannels "
         "+hello +ping +client|setname +client|tracking +command|info +set "
         "+xlen +xadd +xread +xreadgroup +xack +xgroup|create +xinfo|stream +xrevrange";
}

TEST_CASE("the least rights are enough to produce and to consume, woken by doorbells") {
  stream_world world(server_options().acl_line(least_rights()));
  auto how = world.options(world.server.url());
  sluice::client redis(world.io.get_executor(), how.credentials("worker", "secret").name("w"));
  sluice::producer out(redis);
  group_consumer in(redis, sluice::group("g").stream("app:s").recheck_interval(60s));
  consumer latest(redis, sluice::streams("app:s").recheck_interval(60s));
  world.play([&]() -> asio::awaitable<void> {
    const auto nothing = co_await latest.get_entry(waiting::none());
    CHECK_FALSE(nothing);
    co_await out.add("app:s", sluice::fields("n", "0"));
    consumer newest(redis, sluice::streams("app:s", start::last(1)).recheck_interval(60s));
    const auto last = co_await numbers(newest, 1);
    CHECK(last == series(1));
    for (int i = 0; i < 3; ++i) {
      const auto taken = co_await numbers(in, 1);
      CHECK(taken == series(1, i));
      const auto read = co_await numbers(latest, 1);
      CHECK(read == series(1, i));
      co_await out.add("app:s", sluice::fields("n", std::to_string(i + 1)));
    }
    world.server.command({"XGROUP", "DESTROY", "app:s", "g"});
    co_await out.add("app:s", sluice::fields("n", "4"));
    const auto again = co_await numbers(in, 2);
    CHECK(again == series(2, 3));
    co_await in.flush();
  });
  CHECK(redis.server().doorbell() == sluice::doorbell_state::proven);
  CHECK(world.events.count<sluice::events::read_failed>() == 0);
  CHECK(world.events.count<sluice::events::group_recreated>() == 1);
}

TEST_CASE("a few rights more are enough for a producer with a name") {
  const auto more = " +eval +evalsha +hsetnx +hset +hget +hdel +pexpire +get";
  stream_world world(server_options().acl_line(least_rights() + more));
  auto how = world.options(world.server.url());
  sluice::client redis(world.io.get_executor(), how.credentials("worker", "secret"));
  sluice::producer out(redis);
  out.named("billing");
  world.play([&]() -> asio::awaitable<void> {
    for (int i = 0; i < 300; ++i) co_await out.add("app:s", sluice::fields("n", "0"));
    const auto key = sluice::add_options().once("k");
    const auto first = co_await out.add("app:s", sluice::fields("n", "0"), key);
    const auto again = co_await out.add("app:s", sluice::fields("n", "0"), key);
    CHECK(first == again);
    world.server.command({"SCRIPT", "FLUSH"});
    co_await out.add("app:s", sluice::fields("n", "0"));
    CHECK(world.server.command({"XLEN", "app:s"}) == "302");
  });
}

TEST_CASE("of another prefix a user of few rights neither reads nor adds") {
  stream_world world(server_options().acl_line(least_rights()));
  auto how = world.options(world.server.url());
  sluice::client redis(world.io.get_executor(), how.credentials("worker", "secret"));
  sluice::producer out(redis);
  group_consumer in(redis, sluice::group("g").stream("other"));
  world.play([&]() -> asio::awaitable<void> {
    const auto add = co_await failure_of(out.add("other", sluice::fields("n", "0")));
    CHECK(add.code() == sluice::errc::not_permitted);
    const auto read = co_await failure_of(in.get_entry(waiting(5s)));
    CHECK(read.code() == sluice::errc::not_permitted);
  });
}

}  // namespace
