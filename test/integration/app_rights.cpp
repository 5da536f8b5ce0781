// The rights that docs/guarantees.md calls enough for services on streams are enough.
#include "support/app_world.hpp"

#include <sluice/app/schedules.hpp>
#include <sluice/app/services.hpp>

#include <string>

namespace {

using namespace scene;

// Word for word what the guarantees print, in their order.
std::string rights_of_services() {
  return "worker on >secret resetkeys ~app:* ~sluice:probe:* resetchannels "
         "+hello +ping +client|setname +client|tracking +command|info +set "
         "+xlen +xadd +xread +xreadgroup +xack +xgroup|create +xinfo|stream +xrevrange "
         "&billing &web &sluice:calls:* "
         "+publish +subscribe +unsubscribe +time +zrange +eval +evalsha +xpending +xclaim +zadd "
         "+zrem +zrangebyscore +zcard +zcount +get +set +exists +pttl +xrange +xinfo|consumers "
         "+xgroup|delconsumer +xadd "
         "~sluice:replies:* ~{sluice:services}* ~sluice:delayed* ~sluice:schedule* "
         "+multi +exec +watch +pexpire +persist +unlink +del +xtrim +xinfo|groups "
         "+hset +hdel +hget +hmget +hexists +sadd +srem";
}

}  // namespace

TEST_CASE("these rights are enough for services to ask, to answer, to wait and to bury") {
  stream_world world(server_options().acl_line(rights_of_services()));
  const auto redis = world.connect(world.server.url() + "?user=worker&password=secret");
  sluice::app billing(redis, "billing");
  int chimes = 0;
  billing.listen("app:half", [](sluice::request& what) -> asio::awaitable<void> {
    const auto n = what.value().as_int64();
    for (int i = 0; i < 300; ++i) {
      co_await what.room();
      what.respond(n / 2);
    }
  });
  billing.listen("app:twice", [](int n) { return 2 * n; });
  billing.listen("app:chime", [&](sluice::request&) { ++chimes; });
  billing.schedule(sluice::every("* * * * * *").then("app:chime", "ding").named("tower"));
  world.beside([&] { return billing.run(); });
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(redis, "web");
    auto lane = web.send("app:half", 42);
    int answers = 0;
    for (;;) {
      const auto answer = co_await lane.read(10s);
      if (!answer) break;
      ++answers;
    }
    CHECK(answers == 300);
    auto failing = web.send("app:twice", "no number");
    auto reading = failing.read(10s);
    const auto failure = co_await failure_of(std::move(reading));
    CHECK(failure.code() == sluice::error::feedback_error);
    co_await until([&] { return world.events.count<sluice::events::dead_lettered>() == 1; });
    co_await until([&] { return chimes >= 2; });
    auto later = web.send("app:half", 42, sluice::send_options().after(1ms));
    const auto answer = co_await later.read(10s);
    CHECK(answer == json::value(21));
    auto never = web.send("app:half", 42, sluice::send_options().after(1h));
    const bool taken_back = co_await never.cancel_delivery();
    CHECK(taken_back);
    const auto running = co_await sluice::list_services(redis);
    CHECK(running.size() == 1);
    const bool removed = co_await sluice::remove_schedule(redis, "billing", "tower");
    CHECK(removed);
    billing.stop();
  });
  CHECK(world.server.command({"ACL", "LOG"}) == "");
}
