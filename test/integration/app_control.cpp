// What senders may do about messages that are under way.
#include "support/stream_world.hpp"

#include <sluice/app/app.hpp>
#include <sluice/app/services.hpp>

#include <boost/json.hpp>

namespace {

namespace json = boost::json;
namespace asio = boost::asio;
using namespace std::chrono_literals;

// A service whose handler runs until it is cancelled, and keeps count.
struct patient_service {
  explicit patient_service(scene::stream_world& world) : listening(world.redis, "patient") {
    listening.listen(
        "wait", [this](sluice::request& what) { return work(what); },
        sluice::listener_options().concurrency(4));
    world.beside([this] { return listening.run(); });
  }

  asio::awaitable<void> work(sluice::request&) {
    ++begun;
    try {
      co_await scene::pause(30s);
    } catch (...) {
      ++cancelled;
      throw;
    }
  }

  sluice::app listening;
  int begun = 0;
  int cancelled = 0;
};

asio::awaitable<void> flood(sluice::request& what, int& given) {
  for (int n = 0; n < 3'000; ++n) {
    what.respond(n);
    ++given;
    co_await what.room();
  }
}

}  // namespace

TEST_CASE("cancelling a conversation cancels the handler that works on its message") {
  scene::stream_world world;
  patient_service service(world);
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    auto lane = web.send("wait", "long");
    co_await scene::until([&] { return service.begun == 1; });
    lane.cancel();
    auto reading = lane.read(10s);
    const auto answer = co_await sluice::as_result(std::move(reading));
    REQUIRE(answer.has_error());
    CHECK(answer.error().code() == sluice::error::feedback_error);
    CHECK(answer.error().why().server_text().find("cancelled") != std::string::npos);
    CHECK(service.cancelled == 1);
    service.listening.stop();
  });
  CHECK(world.pending("wait", "patient") == 0);
}

TEST_CASE("a message that is cancelled between two attempts is done with at once") {
  scene::stream_world world;
  int attempts = 0;
  sluice::app failing(world.redis, "failing");
  failing.listen(
      "fail",
      [&attempts](sluice::request&) {
        ++attempts;
        throw std::runtime_error("not yet");
      },
      sluice::listener_options().retry(sluice::retry_policy::fixed(1h).attempts(3)));
  world.beside([&] { return failing.run(); });
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    auto lane = web.send("fail", nullptr);
    co_await scene::until([&] { return attempts == 1; });
    lane.cancel();
    auto reading = lane.read(10s);
    const auto answer = co_await sluice::as_result(std::move(reading));
    REQUIRE(answer.has_error());
    CHECK(answer.error().code() == sluice::error::feedback_error);
    co_await scene::until([&] { return world.pending("fail", "failing") == 0; });
    CHECK(attempts == 1);
    failing.stop();
  });
}

TEST_CASE("a message that was cancelled before it came is not worked on") {
  scene::stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    patient_service service(world);
    for (int i = 0; i < 4; ++i) web.send("wait", i);
    co_await scene::until([&] { return service.begun == 4; });
    auto lane = web.send("wait", "the fifth");
    co_await lane.sent();
    lane.cancel();
    co_await scene::pause(50ms);
    service.listening.stop();
    co_await scene::pause(50ms);
    CHECK(service.begun == 4);
  });
}

TEST_CASE("nobody begins with a message whose time is over") {
  scene::stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    auto lane = web.send("wait", "short", sluice::send_options().within(20ms));
    co_await lane.sent();
    co_await scene::pause(60ms);
    patient_service service(world);
    co_await scene::until([&] {
      return world.server.command({"XINFO", "GROUPS", "wait"}).find("patient") != std::string::npos;
    });
    co_await scene::pause(100ms);
    CHECK(service.begun == 0);
    CHECK(world.pending("wait", "patient") == 0);
    service.listening.stop();
  });
}

TEST_CASE("a handler is cancelled when the time of its message is over") {
  scene::stream_world world;
  patient_service service(world);
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    auto lane = web.send("wait", "short", sluice::send_options().within(200ms));
    auto reading = lane.read(10s);
    const auto answer = co_await sluice::as_result(std::move(reading));
    REQUIRE(answer.has_error());
    CHECK(answer.error().code() == sluice::error::feedback_error);
    CHECK(service.cancelled == 1);
    service.listening.stop();
  });
}

TEST_CASE("whoever reads answers slowly slows down who gives them") {
  scene::stream_world world;
  int given = 0;
  sluice::app flooding(world.redis, "flooding");
  flooding.listen("flood", [&](sluice::request& what) { return flood(what, given); });
  world.beside([&] { return flooding.run(); });
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    auto lane = web.send("flood", nullptr);
    co_await scene::until([&] { return given >= 256; });
    co_await scene::pause(50ms);
    CHECK(given < 300);
    int taken = 0;
    while (auto answer = co_await lane.next()) {
      CHECK(answer->as_int64() == taken);
      ++taken;
      CHECK(given <= taken + 300);
    }
    CHECK(taken == 3'000);
    flooding.stop();
  });
}

TEST_CASE("a handler that answers somebody who is gone is cancelled") {
  scene::stream_world world;
  bool ended = false;
  sluice::app flooding(world.redis, "flooding");
  flooding.listen("flood", [&](sluice::request& what) -> asio::awaitable<void> {
    try {
      while (true) {
        what.respond("still here");
        co_await what.room();
        co_await scene::pause(5ms);
      }
    } catch (...) {
      ended = true;
      throw;
    }
  });
  world.beside([&] { return flooding.run(); });
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    auto lane = web.send("flood", nullptr);
    const auto first = co_await lane.read(10s);
    REQUIRE(first);
    const std::string gone = world.server.command({"KEYS", "sluice:replies:*"});
    world.server.command({"DEL", gone.substr(gone.find("sluice"), 51)});
    co_await scene::until([&] { return ended; });
    flooding.stop();
  });
}

TEST_CASE("letting go of a lane stops the answers and not the work") {
  scene::stream_world world;
  bool open_at_first = false;
  bool open_at_last = true;
  sluice::app slow(world.redis, "slow");
  slow.listen("work", [&](sluice::request& what) -> asio::awaitable<void> {
    open_at_first = what.answerable();
    what.respond("begun");
    for (int i = 0; i < 200 && what.answerable(); ++i) co_await scene::pause(5ms);
    open_at_last = what.answerable();
  });
  world.beside([&] { return slow.run(); });
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    {
      auto lane = web.send("work", nullptr);
      const auto begun = co_await lane.read(10s);
      REQUIRE(begun);
    }
    co_await scene::until([&] { return !open_at_last; });
    slow.stop();
  });
  CHECK(open_at_first);
}

TEST_CASE("a service is listed while it runs, with what it has done") {
  scene::stream_world world;
  sluice::app echo(world.redis, "echo");
  echo.listen("say", [](sluice::request& what) { return what.value(); });
  bool ended = false;
  world.beside([&]() -> asio::awaitable<void> {
    co_await echo.run();
    ended = true;
  });
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    auto lane = web.send("say", "hello");
    const auto answer = co_await lane.read(10s);
    REQUIRE(answer);
    auto listed = co_await sluice::list_services(world.redis);
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].app == "echo");
    CHECK(listed[0].process == ::getpid());
    REQUIRE(listed[0].topics.size() == 1);
    CHECK(listed[0].topics[0].topic == "say");
    CHECK(listed[0].topics[0].listeners == 1);
    echo.stop();
    co_await scene::until([&] { return ended; });
    listed = co_await sluice::list_services(world.redis);
    CHECK(listed.empty());
  });
}
