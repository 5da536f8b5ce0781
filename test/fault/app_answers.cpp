// What becomes of conversations when answers are doubled, lost, or late.
#include "support/stream_world.hpp"

#include <sluice/app/app.hpp>
#include <sluice/testing/fault_proxy.hpp>

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

// Somebody who asks, and answers that are written by hand.
struct asking {
  asking() : web(world.redis, "web"), lane(web.send("ask", nullptr)) {}

  asio::awaitable<void> begin() {
    co_await lane.sent();
    const auto entry = world.server.command({"XRANGE", "ask", "-", "+"});
    const auto at = entry.find("sluice:replies:");
    REQUIRE(at != std::string::npos);
    replies = entry.substr(at, std::string_view("sluice:replies:").size() + 36);
  }
  void answer(int number, std::string_view event, std::string_view value) {
    world.server.command({"XADD", replies, "NOMKSTREAM", "*", "id", lane.id(), "event", event,
                          "source_group", "by hand", "number", std::to_string(number), "value",
                          value});
  }
  asio::awaitable<std::int64_t> next() {
    auto came = co_await lane.read(10s);
    REQUIRE(came);
    co_return came->as_int64();
  }
  asio::awaitable<sluice::error> failure() {
    auto reading = lane.read(10s);
    auto came = co_await sluice::as_result(std::move(reading));
    REQUIRE(came.has_error());
    co_return came.error();
  }

  scene::stream_world world;
  sluice::app web;
  sluice::feedback_lane lane;
  std::string replies;
};

}  // namespace

TEST_CASE("an answer that was sent twice is heard once") {
  asking with;
  with.world.play([&]() -> asio::awaitable<void> {
    co_await with.begin();
    with.answer(1, "response", "10");
    with.answer(1, "response", "10");
    with.answer(2, "response", "20");
    // A second process that works on the message begins anew.
    with.answer(1, "response", "11");
    with.answer(3, "last_response", "30");
    with.answer(4, "response", "40");
    for (const std::int64_t expected : {10, 20, 30}) {
      const auto heard = co_await with.next();
      CHECK(heard == expected);
    }
    const auto after = co_await with.lane.read(10s);
    CHECK_FALSE(after);
  });
}

TEST_CASE("a second process that has less to say ends the conversation as well") {
  asking with;
  with.world.play([&]() -> asio::awaitable<void> {
    co_await with.begin();
    with.answer(1, "response", "10");
    with.answer(2, "response", "20");
    with.answer(1, "last_response", "11");
    for (const std::int64_t expected : {10, 20}) {
      const auto heard = co_await with.next();
      CHECK(heard == expected);
    }
    const auto after = co_await with.lane.read(10s);
    CHECK_FALSE(after);
  });
}

TEST_CASE("an answer that is missing is told, once those before it were read") {
  asking with;
  with.world.play([&]() -> asio::awaitable<void> {
    co_await with.begin();
    with.answer(1, "response", "10");
    with.answer(3, "response", "30");
    const auto first = co_await with.next();
    CHECK(first == 10);
    const auto why = co_await with.failure();
    CHECK(why.code() == sluice::error::feedback_lost);
    CHECK(why.why().group() == "by hand");
  });
}

TEST_CASE("what is no answer harms no conversation") {
  asking with;
  with.world.play([&]() -> asio::awaitable<void> {
    co_await with.begin();
    with.world.server.command({"XADD", with.replies, "*", "garbage", "x"});
    with.answer(1, "shout", "10");
    with.answer(1, "response", "{");
    with.answer(1, "response", "10");
    const auto heard = co_await with.next();
    CHECK(heard == 10);
  });
}

TEST_CASE("conversations end when the server has lost the stream of their answers") {
  asking with;
  with.world.play([&]() -> asio::awaitable<void> {
    co_await with.begin();
    with.world.server.command({"FLUSHALL"});
    with.world.server.command({"CLIENT", "KILL", "TYPE", "normal"});
    const auto why = co_await with.failure();
    CHECK(why.code() == sluice::error::feedback_lost);
  });
}

TEST_CASE("whoever asks goes on after a restart of the server, with a new stream of answers") {
  asking with;
  with.world.play([&]() -> asio::awaitable<void> {
    co_await with.begin();
    with.world.server.command({"FLUSHALL"});
    with.world.server.command({"CLIENT", "KILL", "TYPE", "normal"});
    co_await with.failure();
    with.lane = with.web.send("ask", nullptr);
    co_await with.begin();
    with.answer(1, "last_response", "7");
    const auto heard = co_await with.next();
    CHECK(heard == 7);
  });
}

TEST_CASE("the stream of answers may be made twice, and keeps what came between") {
  scene::stream_world world;
  sluice::testing::fault_proxy proxy(world.server);
  sluice::connection_options how(proxy.unix_url());
  how.backoff(500ms, 500ms);
  sluice::client far(world.io.get_executor(), how);
  world.play([&]() -> asio::awaitable<void> {
    co_await far.ping();
    // The server makes the stream, and nobody hears of it.
    proxy.replies().lose(1);
    sluice::app web(far, "web");
    auto lane = web.send("ask", nullptr);
    co_await scene::until([&] { return world.server.command({"EXISTS", "ask"}) == "1"; });
    std::istringstream keys(world.server.command({"KEYS", "sluice:replies:*"}));
    std::string replies;
    std::getline(keys, replies);
    world.server.command({"XADD", replies, "NOMKSTREAM", "*", "id", lane.id(), "event",
                          "last_response", "source_group", "by hand", "number", "1", "value", "7"});
    std::optional<json::value> heard;
    while (!heard) {
      auto reading = lane.read(100ms);
      const auto came = co_await sluice::as_result(std::move(reading));
      // The reply to the message was lost as well, which is told until there is an answer.
      if (came) heard = *came;
      co_await scene::pause(5ms);
    }
    CHECK(*heard == 7);
  });
}
