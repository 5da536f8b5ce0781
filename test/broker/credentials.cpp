// Brokers that want to know who comes.
#include "support/kafka_world.hpp"
#include "support/sasl_front.hpp"

#include "testing/temporary_directory.hpp"

#include <sluice/testing/certificates.hpp>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using sluice::errc;

/// A door with a certificate of an authority that the system does not know.
struct certified_door {
  certified_door(const scene::mock_world& world, std::string password)
      : front(world.cluster.addresses(), "app", std::move(password), &files) {}

  sluice::testing::temporary_directory folder;
  sluice::testing::certificates files{folder.path()};
  scene::sasl_front front;
};

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
  sluice::app billing(world.redis, "billing", scene::over(cluster));
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
  sluice::app billing(world.redis, "billing", scene::over(cluster));
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
  sluice::app web(world.redis, "web", scene::over(behind(door).send_within(500ms)));
  world.play([&]() -> asio::awaitable<void> {
    auto lane = web.send("jobs", 1);
    const auto why = co_await scene::failure_of(lane.sent());
    CHECK(why.code() == errc::timeout);
  });
}

TEST_CASE("a streams string names brokers that speak TLS and want a password") {
  scene::mock_world world;
  const certified_door door(world, "p@ss&word");
  const auto streams = "main=kafkas://app:p%40ss%26word@" + door.front.addresses() +
                       "?ca_file=" + door.files.authority().string() +
                       "&feedback=" + world.server.url();
  sluice::kafka::enable();
  sluice::app billing(world.io.get_executor(), streams, "billing");
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

TEST_CASE("brokers whose certificate proves nothing never hear the password") {
  scene::mock_world world;
  const certified_door door(world, "s3cret");
  // The system does not know the authority.
  const auto cluster = behind(door.front).user("app", "s3cret").tls().send_within(500ms);
  sluice::app web(world.redis, "web", scene::over(cluster));
  world.play([&]() -> asio::awaitable<void> {
    auto lane = web.send("jobs", 1);
    const auto why = co_await scene::failure_of(lane.sent());
    CHECK(why.code() == errc::timeout);
    CHECK_THAT(why.why().server_text(), Catch::Matchers::Contains("certificate"));
    co_await scene::until(
        [&] { return world.events.count<sluice::events::carrier_troubled>() > 0; });
  });
  CHECK(door.front.asked_in() == 0);
}
