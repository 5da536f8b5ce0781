// Services on lists whose servers, links and fellows break.
#include "support/list_world.hpp"

#include <sluice/testing/fault_proxy.hpp>

namespace {

using namespace scene;
using sluice::testing::fault_proxy;

constexpr auto answer_7 = R"({"value": 7, "event": "response", "source_group": "py"})";

TEST_CASE("a service goes on when its server was restarted") {
  const bool kept = GENERATE(true, false);
  list_world world;
  sluice::app billing(world.redis, "billing", world.lists().keep_until_handled(kept));
  billing.listen("double", [](sluice::request& what) { return what.value().as_int64() * 2; });
  world.beside([&] { return billing.run(); });
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return world.watched_keys() >= 1; });
    for (int round = 0; round < 3; ++round) {
      world.server.kill();
      co_await pause(20ms);
      world.server.start();
      auto web = world.on_lists("web");
      auto lane = web.send("double", 21);
      const auto answer = co_await lane.read(10s);
      REQUIRE(answer);
      CHECK(*answer == json::value(42));
    }
    billing.stop();
  });
}

TEST_CASE("a lane that waits hears what was answered while its link was cut") {
  list_world world;
  fault_proxy proxy(world.server);
  auto redis = world.connect(proxy.unix_url());
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(redis, "web", world.lists());
    auto lane = web.send("sums", nullptr);
    co_await lane.sent();
    auto reading = lane.read(10s);
    std::optional<json::value> answer;
    bool over = false;
    world.beside([&]() -> asio::awaitable<void> {
      answer = co_await std::move(reading);
      over = true;
    });
    co_await until([&] { return world.watched_keys() == 1; });
    proxy.reset();
    world.push(lane.id(), answer_7);
    co_await until([&] { return over; });
    REQUIRE(answer);
    CHECK(*answer == json::value(7));
  });
}

TEST_CASE("a lane that waits goes on when the server was restarted") {
  list_world world;
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.on_lists("web");
    auto lane = web.send("sums", nullptr);
    co_await lane.sent();
    const auto silence = co_await failure_of(lane.read(20ms));
    CHECK(silence.code() == sluice::error::feedback_timeout);
    auto reading = lane.read(10s);
    std::optional<json::value> answer;
    bool over = false;
    world.beside([&]() -> asio::awaitable<void> {
      answer = co_await std::move(reading);
      over = true;
    });
    world.server.kill();
    co_await pause(20ms);
    world.server.start();
    world.push(lane.id(), answer_7);
    co_await until([&] { return over; });
    CHECK(answer == json::value(7));
  });
}

TEST_CASE("thousands of lanes wait side by side, and each hears its own answer") {
  list_world world;
  auto twice = world.on_lists("twice");
  twice.listen(
      "double", [](sluice::request& what) { return what.value().as_int64() * 2; },
      sluice::listener_options().concurrency(100));
  world.beside([&] { return twice.run(); });
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.on_lists("web");
    int right = 0;
    for (int n = 0; n < 3'000; ++n) {
      world.beside([&, n, lane = std::make_shared<sluice::feedback_lane>(web.send("double", n))]()
                       -> asio::awaitable<void> {
        const auto answer = co_await lane->read(15s);
        if (answer == json::value(2 * n)) ++right;
      });
    }
    co_await until([&] { return right == 3'000; });
    twice.stop();
  });
}

TEST_CASE("every answer is read once, however often the link is cut between") {
  list_world world;
  fault_proxy proxy(world.server);
  auto redis = world.connect(proxy.unix_url());
  auto counting = world.on_lists("counting");
  counting.listen("count", [](sluice::request& what) -> asio::awaitable<void> {
    for (int n = 0; n < 2'000; ++n) {
      what.respond(n);
      co_await what.room();
    }
  });
  world.beside([&] { return counting.run(); });
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(redis, "web", world.lists());
    auto lane = web.send("count", nullptr);
    co_await lane.sent();
    std::int64_t expected = 0;
    while (const auto each = co_await lane.next()) {
      REQUIRE(each->as_int64() == expected);
      if (++expected % 100 == 0) proxy.reset();
    }
    CHECK(expected == 2'000);
    counting.stop();
  });
}

TEST_CASE("an answerer whose link is cut repeats what may be lost, and readers see it once") {
  list_world world;
  fault_proxy proxy(world.server);
  auto redis = world.connect(proxy.unix_url());
  sluice::app counting(redis, "counting", world.lists());
  counting.listen("count", [&proxy](sluice::request& what) -> asio::awaitable<void> {
    for (int n = 0; n < 500; ++n) {
      what.respond(n);
      if (n % 50 == 49) proxy.reset();
      co_await pause(0ms);
    }
  });
  world.beside([&] { return counting.run(); });
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.on_lists("web");
    auto lane = web.send("count", nullptr);
    std::int64_t expected = 0;
    while (const auto each = co_await lane.next()) {
      REQUIRE(each->as_int64() == expected);
      ++expected;
    }
    CHECK(expected == 500);
    counting.stop();
  });
}

TEST_CASE("messages that are kept are all handled, however often the link is cut") {
  list_world world;
  fault_proxy proxy(world.server);
  auto redis = world.connect(proxy.unix_url());
  sluice::app counting(redis, "counting", world.lists());
  std::vector<bool> seen(300);
  std::size_t handled = 0;
  counting.listen(
      "count",
      [&](sluice::request& what) {
        seen.at(static_cast<std::size_t>(what.value().as_int64())) = true;
        if (++handled % 20 == 0) proxy.reset();
      },
      sluice::listener_options().concurrency(4));
  world.beside([&] { return counting.run(); });
  world.play([&]() -> asio::awaitable<void> {
    for (int n = 0; n < 300; ++n) world.peer_sends("count", std::to_string(n));
    co_await until([&] { return std::find(seen.begin(), seen.end(), false) == seen.end(); });
    co_await until([&] {
      return world.server.command({"KEYS", "sluice:processing:count:*"}).empty();
    });
    CHECK(world.length("count") == 0);
    counting.stop();
  });
}

/// One that took a message and died: what it leaves on the server.
void die_with(list_world& world, const std::string& element, const std::string& who) {
  const auto mine = "sluice:processing:jobs:" + who;
  world.server.command({"LPUSH", mine, element});
  world.server.command({"ZADD", "sluice:processing:jobs", "1", mine});
}

TEST_CASE("what a dead process had in hand is put back, and handled first") {
  list_world world;
  world.peer_sends("jobs", "3");
  die_with(world, R"({"value": 1})", "dead");
  die_with(world, R"({"value": 2})", "dead");
  auto heir = world.on_lists("heir");
  std::vector<int> seen;
  heir.listen(
      "jobs",
      [&](sluice::request& what) -> asio::awaitable<void> {
        co_await pause(200ms);
        seen.push_back(static_cast<int>(what.value().as_int64()));
      },
      sluice::listener_options().heartbeat(20ms));
  world.beside([&] { return heir.run(); });
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return seen.size() == 3; });
    CHECK(seen == std::vector<int>{3, 1, 2});
    CHECK(world.server.command({"EXISTS", "sluice:processing:jobs:dead"}) == "0");
    heir.stop();
  });
}

TEST_CASE("a message that its processes die of ends among the dead letters") {
  list_world world;
  auto heir = world.on_lists("heir");
  int handled = 0;
  heir.listen(
      "jobs", [&handled](sluice::request&) { ++handled; },
      sluice::listener_options().heartbeat(20ms).max_deliveries(3));
  world.beside([&] { return heir.run(); });
  world.play([&]() -> asio::awaitable<void> {
    const std::string element = R"({"value": "deadly"})";
    const auto set_deaths = [&](const std::string& count) {
      world.server.command({"EVAL", "redis.call('HSET', KEYS[1], redis.sha1hex(ARGV[1]), ARGV[2])",
                            "1", "sluice:processing:jobs:deaths", element, count});
    };
    const auto dies = [&](const std::string& who) -> asio::awaitable<void> {
      die_with(world, element, who);
      co_await until([&] {
        return world.server.command({"ZCARD", "sluice:processing:jobs"}) == "0";
      });
    };
    // Whoever handles it takes back what it was suspected of.
    set_deaths("1");
    co_await dies("dead-1");
    co_await until([&] { return handled == 1; });
    co_await dies("dead-2");
    co_await until([&] { return handled == 2; });
    set_deaths("2");
    co_await dies("dead-3");
    CHECK(handled == 2);
    CHECK(world.server.command({"XLEN", "jobs:dead"}) == "1");
    co_await until([&] { return world.events.count<sluice::events::dead_lettered>() == 1; });
    heir.stop();
  });
}

TEST_CASE("who works for long is not robbed while it beats") {
  list_world world;
  auto slow = world.on_lists("slow");
  auto other = world.on_lists("other");
  int begun = 0;
  const auto work = [&begun](sluice::request&) -> asio::awaitable<void> {
    ++begun;
    co_await pause(500ms);
  };
  const auto often = sluice::listener_options().heartbeat(20ms);
  slow.listen("jobs", work, often);
  other.listen("jobs", work, often);
  world.beside([&] { return slow.run(); });
  world.beside([&] { return other.run(); });
  world.play([&]() -> asio::awaitable<void> {
    world.peer_sends("jobs", "1");
    co_await until([&] { return world.length(peer_list) == 1; });
    CHECK(begun == 1);
    slow.stop();
    other.stop();
  });
}

TEST_CASE("a key of another type is told by an event, and goes on when it is mended") {
  list_world world;
  world.server.command({"SET", "jobs", "no list"});
  auto app = world.on_lists("app");
  int handled = 0;
  app.listen("jobs", [&handled](sluice::request&) { ++handled; });
  world.beside([&] { return app.run(); });
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return world.events.count<sluice::events::read_failed>() > 0; });
    world.server.command({"DEL", "jobs"});
    world.peer_sends("jobs", "1");
    co_await until([&] { return handled == 1; });
    app.stop();
  });
}

TEST_CASE("a list of answers that is none is an error of whoever reads it") {
  list_world world;
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.on_lists("web");
    auto lane = web.send("jobs", nullptr);
    world.server.command({"SET", lane.id(), "no list"});
    const auto failure = co_await failure_of(lane.read(5s));
    CHECK(failure.code() == sluice::error::wrong_type);
  });
}

TEST_CASE("the end of the client ends those who wait") {
  list_world world;
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.on_lists("web");
    auto lane = web.send("jobs", nullptr);
    co_await lane.sent();
    world.beside([&]() -> asio::awaitable<void> {
      co_await pause(20ms);
      world.redis.stop();
    });
    const auto failure = co_await failure_of(lane.next());
    CHECK(failure.code() == sluice::error::closed);
  });
}

}  // namespace
