// Processes of services that are killed in the midst of a conversation.
#include "support/list_world.hpp"

#include "testing/child_process.hpp"

#include <sluice/testing/manual_clock.hpp>

#include <cstdint>
#include <memory>
#include <sstream>

namespace {

using namespace scene;
using sluice::testing::child_process;

struct deaths : list_world {
  explicit deaths(std::string carrier) : by(std::move(carrier)) {}

  sluice::app_options how() { return by == "lists" ? lists() : sluice::app_options(); }
  /// A process of its own, which can be killed.
  std::unique_ptr<child_process> start(const std::string& role) {
    const std::vector<std::string> words{SLUICE_FAULT_SERVICE, server.url(), role, by};
    return std::make_unique<child_process>(words, server.directory() / "service.log");
  }
  /// The life that a key still has, in ms; -1 where it has no end.
  long life(const std::string& key) { return std::stol(server.command({"PTTL", key})); }

  std::string by;
};

// The same service as the other process.
struct heir {
  explicit heir(deaths& world) : heir(world, world.redis) {}
  heir(deaths& world, sluice::client redis) : app(std::move(redis), "counting", world.how()) {
    app.listen(
        "count", [this](sluice::request& what) { return count(what); },
        sluice::listener_options().heartbeat(50ms));
    world.beside([this] { return app.run(); });
  }
  asio::awaitable<void> count(sluice::request& what) {
    const auto end = what.value().as_int64();
    try {
      for (std::int64_t n = 0; n < end; ++n) {
        what.respond(n);
        given = n + 1;
        co_await what.room();
      }
    } catch (...) {
      cancelled = true;
      throw;
    }
  }

  sluice::app app;
  std::int64_t given = 0;
  bool cancelled = false;
};

// Reads answers that count on from `next`, until there are `end` of them or no more.
asio::awaitable<std::int64_t> read_on(sluice::feedback_lane& lane, std::int64_t next,
                                      std::int64_t end) {
  while (next < end) {
    const auto each = co_await lane.read(10s);
    if (!each) break;
    REQUIRE(each->as_int64() == next);
    ++next;
  }
  co_return next;
}

}  // namespace

TEST_CASE("the rest of the answers comes from another process when the first is killed") {
  deaths world(GENERATE("streams", "lists"));
  auto first = world.start("count");
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web", world.how());
    auto lane = web.send("count", 6'000);
    auto heard = co_await read_on(lane, 0, 5'000);
    first->kill();
    heir second(world);
    heard = co_await read_on(lane, heard, 6'000);
    CHECK(heard == 6'000);
    const auto end = co_await lane.read(10s);
    CHECK_FALSE(end);
    second.app.stop();
  });
}

TEST_CASE("while nobody follows a process that was killed, whoever reads hears a timeout") {
  deaths world(GENERATE("streams", "lists"));
  auto first = world.start("count");
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web", world.how());
    auto lane = web.send("count", 1'000);
    auto heard = co_await read_on(lane, 0, 100);
    first->kill();
    sluice::error why;
    while (why.code() != sluice::error::feedback_timeout) {
      auto reading = lane.read(100ms);
      why = co_await failure_of(std::move(reading));
      if (!why.code()) ++heard;
    }
    CHECK(heard < 1'000);
    heir second(world);
    heard = co_await read_on(lane, heard, 1'000);
    CHECK(heard == 1'000);
    second.app.stop();
  });
}

TEST_CASE("who answers a process that was killed is cancelled when the stream of answers is gone") {
  deaths world("streams");
  heir flooding(world);
  auto caller = world.start("ask");
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return flooding.given >= 256; });
    caller->kill();
    std::istringstream keys(world.server.command({"KEYS", "sluice:replies:*"}));
    std::string replies;
    std::getline(keys, replies);
    CHECK(world.life(replies) > 0);
    CHECK(world.life(replies) <= 60'000);
    // Its life is over.
    world.server.command({"PEXPIRE", replies, "1"});
    co_await until([&] { return flooding.cancelled; }, 15s);
    co_await until([&] { return world.pending("count", "counting") == 0; });
    CHECK(world.server.command({"KEYS", "sluice:replies:*"}).empty());
    flooding.app.stop();
  });
}

TEST_CASE("who answers by list a process that was killed is cancelled before the list expires") {
  deaths world("lists");
  const auto time = std::make_shared<sluice::testing::manual_clock>();
  heir flooding(world,
                {world.io.get_executor(), world.options(world.server.url()).time_source(time)});
  auto caller = world.start("ask");
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return flooding.given >= 256; });
    caller->kill();
    std::istringstream keys(world.server.command({"KEYS", "streamback_feedback_*"}));
    std::string answers;
    std::getline(keys, answers);
    CHECK(world.life(answers) > 0);
    CHECK(world.life(answers) <= 300'000);
    // It is not filled without end, nor is it kept from expiring.
    while (!flooding.cancelled) {
      time->advance(1s);
      co_await pause(5ms);
    }
    CHECK(world.length(answers) < 400);
    flooding.app.stop();
  });
}
