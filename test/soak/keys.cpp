// What services leave on the server.
#include "support/list_world.hpp"

#include <sluice/app/app.hpp>
#include <sluice/app/schedule.hpp>
#include <sluice/app/services.hpp>

#include <boost/json/value.hpp>

#include <set>
#include <string>

namespace {

using namespace scene;

enum class end { in_order, killed };

// All that services do, once each. Then no delayed message is left.
asio::awaitable<void> live(list_world& world, sluice::app_options how, end as) {
  auto redis = world.connect(world.server.url());
  sluice::app billing(redis, "billing", how);
  int failed = 0;
  billing.listen("double", [](sluice::request& what) { return what.value().as_int64() * 2; });
  billing.listen("fail", [&failed](sluice::request&) {
    ++failed;
    throw std::runtime_error("never");
  });
  billing.schedule(sluice::every(20ms).then("double", 4).named("often"));
  bool ended = false;
  world.beside([&]() -> asio::awaitable<void> {
    auto running = billing.run();
    co_await sluice::as_result(std::move(running));
    ended = true;
  });
  sluice::app web(world.redis, "web", how);
  auto lane = web.send("double", 1);
  co_await lane.read(10s);
  auto resumable = web.send("double", 2, sluice::send_options().resumable(true));
  co_await resumable.sent();
  auto later = web.send("double", 3, sluice::send_options().after(20ms));
  co_await later.read(10s);
  auto failing = web.send("fail", nullptr);
  auto reading = failing.read(10s);
  co_await failure_of(std::move(reading));
  auto unheard = web.send("nobody", nullptr);
  co_await unheard.sent();
  unheard.cancel();
  auto taken_back = web.send("double", 5, sluice::send_options().after(1h));
  co_await taken_back.cancel_delivery();
  co_await sluice::list_services(redis);
  if (as == end::killed) {
    // Nothing is sent any more.
    redis.stop();
  } else {
    co_await billing.unschedule("often");
    billing.stop();
  }
  const auto over = [&ended] { return ended; };
  co_await until(over);
}

// The keys without an end.
std::set<std::string> lasting(list_world& world) {
  std::set<std::string> found;
  for (const auto& each : world.keys()) {
    if (world.server.command({"PTTL", each}) == "-1") found.insert(each);
  }
  return found;
}

using names = std::set<std::string>;

}  // namespace

TEST_CASE("services on streams leave their topics and dead letters, and nothing else for long") {
  list_world world;
  world.play([&] { return live(world, sluice::app_options(), end::in_order); });
  CHECK(lasting(world) == names{"double", "fail", "fail:dead", "nobody"});
}

TEST_CASE("services on lists leave their dead letters, and nothing else for long") {
  const bool keep = GENERATE(true, false);
  list_world world;
  auto how = world.lists().keep_until_handled(keep);
  world.play([&] { return live(world, how, end::in_order); });
  CHECK(lasting(world) == names{"fail:dead"});
}

TEST_CASE("a process that is killed leaves its schedules besides, for those that follow") {
  list_world world;
  world.play([&] { return live(world, sluice::app_options(), end::killed); });
  CHECK(lasting(world) == names{"double", "fail", "fail:dead", "nobody",
                                "sluice:schedule:billing:often", "sluice:schedules"});
}
