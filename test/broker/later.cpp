// Messages that wait in Redis until they are due, and travel over Kafka then.
#include "support/kafka_world.hpp"

#include <sluice/app/schedule.hpp>

#include <set>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using sluice::send_options;

bool nothing_waits(scene::kafka_world& world) {
  const auto place = "sluice:delayed:kafka:" + world.addresses;
  return world.server.command({"ZCARD", place}) == "0" &&
         world.server.command({"HLEN", place + ":messages"}) == "0";
}

}  // namespace

TEST_CASE("a delayed message goes over Kafka when its time has come, with its key") {
  scene::kafka_world world;
  auto billing = world.make_app(world.billing);
  billing.listen(world.jobs, [](sluice::request& what) { return what.value().as_int64() * 2; });
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.make_app("web");
    auto lane = web.send(world.jobs, 21, send_options().after(100ms).key("customer 7"));
    co_await lane.sent();
    CHECK_FALSE(nothing_waits(world));
    const auto answer = co_await lane.read(15s);
    REQUIRE(answer);
    CHECK(answer->as_int64() == 42);
    co_await scene::until([&] { return nothing_waits(world); });
    co_await world.stop(billing);
  });
  const auto written = world.peer.read(world.jobs, 1);
  REQUIRE(written.size() == 1);
  CHECK(written[0].key == "customer 7");
}

TEST_CASE("a delayed message can be taken back until it is due") {
  scene::kafka_world world;
  auto billing = world.make_app(world.billing);
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    auto lane = billing.send(world.jobs, 1, send_options().after(1h));
    co_await lane.sent();
    const bool taken = co_await billing.cancel_scheduled(lane.id());
    CHECK(taken);
    CHECK(nothing_waits(world));
    co_await world.stop(billing);
  });
}

TEST_CASE("a delayed message is crossed out only when Kafka has stored it") {
  scene::mock_world world;
  auto billing = world.make_app("billing");
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    auto known = billing.send("jobs", 0, send_options().one_way());
    co_await known.sent();
    world.cluster.take_down();
    auto lane = billing.send("jobs", 1, send_options().after(10ms).one_way());
    co_await lane.sent();
    co_await scene::until(
        [&] { return world.events.count<sluice::events::carrier_troubled>() > 0; });
    co_await scene::pause(300ms);
    CHECK_FALSE(nothing_waits(world));
    world.cluster.bring_up();
    co_await scene::until([&] { return nothing_waits(world); });
    co_await world.stop(billing);
  });
  CHECK(world.peer.read("jobs", 2).size() == 2);
}

TEST_CASE("apps of other brokers do not send what waits for these") {
  scene::mock_world world;
  const scene::mock_cluster other;
  sluice::app strange(world.redis, "strange",
                      scene::over(sluice::kafka::brokers(other.addresses())));
  world.serve(strange);
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.make_app("web");
    auto lane = web.send("jobs", 1, send_options().after(1ms).one_way());
    co_await lane.sent();
    co_await scene::pause(200ms);
    CHECK_FALSE(nothing_waits(world));
    co_await world.stop(strange);
  });
}

TEST_CASE("a schedule sends its messages over Kafka") {
  scene::kafka_world world;
  auto clocks = world.make_app(world.billing);
  std::vector<std::string> heard;
  clocks.schedule(sluice::every(100ms).then(world.jobs, "ding").named("tower"));
  clocks.listen(world.jobs, [&](sluice::request& what) {
    CHECK(what.value() == "ding");
    heard.push_back(what.id());
  });
  world.serve(clocks);
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return heard.size() >= 3; });
    co_await world.stop(clocks);
  });
  const std::set<std::string> different(heard.begin(), heard.end());
  CHECK(different.size() == heard.size());
  CHECK(heard[0].starts_with(world.billing + "/tower@20"));
}
