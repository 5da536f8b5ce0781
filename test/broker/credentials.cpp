// Brokers that want to know who comes.
#include "support/kafka_world.hpp"
#include "support/sasl_front.hpp"

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using sluice::errc;

sluice::kafka::brokers behind(const scene::sasl_front& door) {
  return sluice::kafka::brokers(door.addresses())
      .property("fetch.wait.max.ms", "10")
      .property("reconnect.backoff.max.ms", "200");
}

}  // namespace

TEST_CASE("an app logs in with SASL PLAIN") {
  scene::mock_world world;
  const scene::sasl_front door(world.cluster.addresses(), "app", "s3cret:&@");
  const auto cluster = behind(door).user("app", "s3cret:&@");
  sluice::app billing(world.redis, cluster, "billing");
  billing.listen("jobs", [](sluice::request& what) { return what.value().as_int64() + 1; });
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    auto lane = billing.send("jobs", 1);
    const auto answer = co_await lane.read(15s);
    REQUIRE(answer);
    CHECK(answer->as_int64() == 2);
    co_await world.stop(billing);
  });
}

TEST_CASE("a wrong password ends the app with the broker's words, and without the password") {
  scene::mock_world world;
  const scene::sasl_front door(world.cluster.addresses(), "app", "s3cret");
  const auto cluster = behind(door).user("app", "guessed");
  sluice::app billing(world.redis, cluster, "billing");
  billing.listen("jobs", [](sluice::request&) {});
  world.play([&]() -> asio::awaitable<void> {
    const auto why = co_await scene::failure_of(billing.run());
    CHECK(why.code() == errc::wrong_password);
    CHECK(why.why().server_text().find("the door knows no such user") != std::string::npos);
    CHECK(std::string(why.what()).find("guessed") == std::string::npos);
  });
}

TEST_CASE("without credentials a message is not stored, and says so in time") {
  scene::mock_world world;
  const scene::sasl_front door(world.cluster.addresses(), "app", "s3cret");
  sluice::app web(world.redis, behind(door).send_within(500ms), "web");
  world.play([&]() -> asio::awaitable<void> {
    auto lane = web.send("jobs", 1);
    const auto why = co_await scene::failure_of(lane.sent());
    CHECK(why.code() == errc::timeout);
  });
}
