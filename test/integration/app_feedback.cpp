// Services that send each other messages, and answer them.
#include "support/stream_world.hpp"

#include <sluice/app/app.hpp>

#include <boost/json.hpp>

namespace {

namespace json = boost::json;
namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<void> count_down(sluice::request& what) {
  const auto from = what.value().as_int64();
  for (auto n = from; n > 0; --n) what.respond(n);
  co_return;
}

asio::awaitable<void> fail(sluice::request&) {
  throw std::runtime_error("out of paper");
  co_return;
}

}  // namespace

TEST_CASE("a service answers, and the conversation ends") {
  scene::stream_world world;
  sluice::app billing(world.redis, "billing");
  billing.listen("double", [](sluice::request& what) { return what.value().as_int64() * 2; });
  world.beside([&] { return billing.run(); });
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    auto lane = web.send("double", 21);
    const auto answer = co_await lane.read(10s);
    REQUIRE(answer);
    CHECK(*answer == json::value(42));
    const auto after = co_await lane.read(10s);
    CHECK_FALSE(after);
    const auto again = co_await lane.read(0s);
    CHECK_FALSE(again);
    billing.stop();
  });
}

TEST_CASE("a service answers as often as it wants to") {
  scene::stream_world world;
  sluice::app counting(world.redis, "counting");
  counting.listen("count", count_down);
  world.beside([&] { return counting.run(); });
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    auto lane = web.send("count", 300);
    std::int64_t expected = 300;
    while (auto answer = co_await lane.next()) {
      CHECK(answer->as_int64() == expected);
      --expected;
    }
    CHECK(expected == 0);
    counting.stop();
  });
}

TEST_CASE("what a listener failed of is told to whoever sent the message") {
  scene::stream_world world;
  sluice::app printing(world.redis, "printing");
  printing.listen("print", fail);
  world.beside([&] { return printing.run(); });
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    auto lane = web.send("print", "a page");
    auto reading = lane.read(10s);
    const auto answer = co_await sluice::as_result(std::move(reading));
    REQUIRE(answer.has_error());
    CHECK(answer.error().code() == sluice::error::feedback_error);
    CHECK(answer.error().why().server_text() == "out of paper");
    CHECK(answer.error().why().group() == "printing");
    printing.stop();
  });
}

TEST_CASE("silence is a timeout that names the conversation") {
  scene::stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    auto lane = web.send("nobody", nullptr);
    auto reading = lane.read(50ms);
    const auto answer = co_await sluice::as_result(std::move(reading));
    REQUIRE(answer.has_error());
    CHECK(answer.error().code() == sluice::error::feedback_timeout);
    CHECK(answer.error().code() == sluice::condition::timeout);
    CHECK(answer.error().why().id() == lane.id());
  });
}

TEST_CASE("where nobody listens no answer is sent") {
  scene::stream_world world;
  sluice::app quiet(world.redis, "quiet");
  int handled = 0;
  quiet.listen("note", [&handled](sluice::request& what) {
    CHECK_FALSE(what.answerable());
    what.respond("unheard");
    ++handled;
  });
  world.beside([&] { return quiet.run(); });
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    web.send("note", "remember the milk");
    co_await scene::until([&] { return handled == 1; });
    quiet.stop();
  });
  CHECK(world.server.command({"KEYS", "sluice:replies:*"}).find("replies") == std::string::npos);
}
