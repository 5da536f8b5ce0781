// Services whose messages travel by Redis lists, beside processes that use them as streamback does.
#include "app/list_main.hpp"
#include "support/list_world.hpp"

#include <sluice/app/services.hpp>
#include <sluice/group/dead_letters.hpp>

namespace {

using namespace scene;

/// Works until it is told to go on.
struct slow_work {
  sluice::request_handler handler() {
    return [this](sluice::request& what) -> asio::awaitable<void> {
      begun.push_back(what.value().as_int64());
      while (!go_on) co_await pause(1ms);
      done.push_back(what.value().as_int64());
    };
  }
  std::vector<std::int64_t> begun, done;
  bool go_on = false;
};

TEST_CASE("a service on lists is asked and answers") {
  list_world world;
  auto billing = world.on_lists("billing");
  billing.listen("double", [](sluice::request& what) { return what.value().as_int64() * 2; });
  world.beside([&] { return billing.run(); });
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.on_lists("web");
    auto lane = web.send("double", 21);
    const auto answer = co_await lane.read(10s);
    REQUIRE(answer);
    CHECK(*answer == json::value(42));
    const auto after = co_await lane.read(10s);
    CHECK_FALSE(after);
    billing.stop();
  });
}

TEST_CASE("what streamback's sender pushes is handled, and its list gets the answers and the end") {
  list_world world;
  auto billing = world.on_lists("billing");
  billing.listen("charge", [](sluice::request& what) {
    CHECK(what.source_group() == "py");
    CHECK(what.id() == peer_list);
    CHECK(what.answerable());
    what.respond({{"total", what.value().at("total")}});
  });
  world.beside([&] { return billing.run(); });
  world.peer_sends("charge", R"({"total": 7})");
  const auto answer = world.peer_pops(peer_list);
  CHECK(answer.at("event") == "response");
  CHECK(answer.at("value") == json::value({{"total", 7}}));
  CHECK(answer.at("source_group") == "billing");
  const auto end = world.peer_pops(peer_list);
  CHECK(end.at("event") == "response_end");
  CHECK(end.at("error").is_null());
  CHECK(world.length(peer_list) == 0);
  billing.stop();
}

TEST_CASE("who is asked without an answer ends the conversation all the same") {
  list_world world;
  auto billing = world.on_lists("billing");
  billing.listen("note", [](sluice::request&) {});
  world.beside([&] { return billing.run(); });
  world.peer_sends("note", "{}");
  CHECK(world.peer_pops(peer_list).at("event") == "response_end");
  billing.stop();
}

TEST_CASE("streamback's reader hears what a listener failed of, and the dead letters keep it") {
  list_world world;
  auto billing = world.on_lists("billing");
  billing.listen("charge", [](sluice::request&) { throw std::runtime_error("out of paper"); });
  world.beside([&] { return billing.run(); });
  world.peer_sends("charge", "{}");
  const auto end = world.peer_pops(peer_list);
  CHECK(end.at("event") == "response_end_with_error");
  CHECK(end.at("error") == "out of paper");
  world.play([&]() -> asio::awaitable<void> {
    const sluice::dead_letters dead(world.redis, "charge:dead");
    co_await until([&] { return world.events.count<sluice::events::dead_lettered>() == 1; });
    const auto letters = co_await dead.list(10);
    REQUIRE(letters.size() == 1);
    CHECK(letters[0].stream() == "charge");
    CHECK(letters[0].group() == "billing");
    CHECK(letters[0].reason() == "out of paper");
    CHECK_THAT(std::string(letters[0].field("element")),
               Catch::Matchers::StartsWith(R"({"value": {}, "event": "message")"));
    billing.stop();
  });
}

// Word for word what the guarantees print, behind the rights of whoever connects.
std::string rights(bool kept) {
  return "worker on >secret resetkeys ~app:* ~sluice:processing:app:* ~streamback_feedback_* "
         "~{sluice:services}* ~sluice:delayed* ~sluice:probe:* resetchannels &sluice:calls:* "
         "+hello +ping +client|setname +client|tracking +command|info +set +xlen "
         "+multi +exec +eval +evalsha +script|load +time +publish +subscribe +unsubscribe "
         "+llen +lpush +rpush +lpop +rpop +lrange +ltrim +lindex +expire +unlink +xadd "
         "+zadd +zrem +zrange +zrangebyscore +pexpire +hset +hdel" +
         std::string(kept ? " +lmove +lrem +zscore +exists +hget +hincrby +sadd +srem +del" : "");
}

TEST_CASE("these rights are enough to ask by lists, to answer, and to bury") {
  const bool kept = GENERATE(true, false);
  list_world world(server_options().acl_line(rights(kept)));
  const auto redis = world.connect(world.server.url() + "?user=worker&password=secret");
  sluice::app billing(redis, "billing", world.lists().keep_until_handled(kept));
  billing.listen("app:half", [](sluice::request& what) {
    const auto n = what.value().as_int64();
    if (n == 3) throw std::runtime_error("odd");
    for (int i = 0; i < 300; ++i) what.respond(n / 2);
  });
  world.beside([&] { return billing.run(); });
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(redis, "web", world.lists());
    auto lane = web.send("app:half", 42);
    int answers = 0;
    for (;;) {
      const auto answer = co_await lane.read(10s);
      if (!answer) break;
      CHECK(*answer == json::value(21));
      ++answers;
    }
    CHECK(answers == 300);
    auto failing = web.send("app:half", 3);
    auto reading = failing.read(10s);
    const auto failure = co_await sluice::as_result(std::move(reading));
    REQUIRE(failure.has_error());
    CHECK(failure.error().code() == sluice::error::feedback_error);
    co_await until([&] { return world.events.count<sluice::events::dead_lettered>() == 1; });
    billing.stop();
  });
  CHECK(world.server.command({"ACL", "LOG"}) == "");
}

TEST_CASE("what is no message goes to the dead letters, and the next one is handled") {
  const bool kept = GENERATE(true, false);
  list_world world;
  sluice::app billing(world.redis, "billing", world.lists().keep_until_handled(kept));
  int handled = 0;
  billing.listen("charge", [&handled](sluice::request&) { ++handled; });
  for (const auto* each : {"nonsense", "[1]", R"({"value": NaN})", "\xff\xfe"}) {
    world.push("charge", each);
  }
  world.peer_sends("charge", "{}");
  world.beside([&] { return billing.run(); });
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return handled == 1; });
    co_await until([&] { return world.events.count<sluice::events::dead_lettered>() == 4; });
    const sluice::dead_letters dead(world.redis, "charge:dead");
    const auto letters = co_await dead.list(10);
    REQUIRE(letters.size() == 4);
    CHECK(letters[0].field("element") == "nonsense");
    CHECK_THAT(letters[0].reason(), Catch::Matchers::StartsWith("it is no JSON"));
    CHECK(letters[3].field("element") == "\xff\xfe");
    billing.stop();
  });
}

TEST_CASE("messages are handled in their order, a backlog as well") {
  const bool kept = GENERATE(true, false);
  list_world world;
  for (int n = 0; n < 50; ++n) world.peer_sends("count", std::to_string(n));
  sluice::app counting(world.redis, "counting", world.lists().keep_until_handled(kept));
  std::vector<int> seen;
  counting.listen("count", [&](sluice::request& what) {
    seen.push_back(static_cast<int>(what.value().as_int64()));
  });
  world.beside([&] { return counting.run(); });
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return seen.size() == 50; });
    CHECK(seen == series(50));
    counting.stop();
  });
  CHECK(world.length("count") == 0);
}

TEST_CASE("no more is taken than there are hands for") {
  list_world world;
  slow_work work;
  auto slow = world.on_lists("slow");
  slow.listen("jobs", work.handler(), sluice::listener_options().concurrency(3));
  world.beside([&] { return slow.run(); });
  for (int n = 0; n < 10; ++n) world.peer_sends("jobs", std::to_string(n));
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return work.begun.size() == 3; });
    co_await pause(50ms);
    CHECK(work.begun.size() == 3);
    CHECK(world.length("jobs") == 7);
    work.go_on = true;
    co_await until([&] { return work.done.size() == 10; });
    slow.stop();
  });
}

TEST_CASE("the backlog of a topic is the length of its list") {
  list_world world;
  sluice::list_main carrier(world.redis, true);
  for (int n = 0; n < 7; ++n) world.peer_sends("jobs", "{}");
  const auto from = carrier.receive("jobs", "group", sluice::listener_options(), nullptr);
  world.play([&]() -> asio::awaitable<void> {
    const auto waiting = co_await from->backlog();
    CHECK(waiting == 7U);
  });
}

TEST_CASE("many topics are received over one connection, and it never blocks") {
  list_world world;
  auto many = world.on_lists("many");
  int handled = 0;
  for (int n = 0; n < 50; ++n) {
    many.listen("topic-" + std::to_string(n), [&handled](sluice::request&) { ++handled; });
  }
  world.beside([&] { return many.run(); });
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return world.calls("llen") >= 50; });
    co_await pause(50ms);
    const auto before = world.calls("llen");
    for (int n = 0; n < 20; ++n) {
      const auto way = co_await world.redis.ping();
      CHECK(way < 1s);
    }
    co_await pause(200ms);
    CHECK(world.calls("llen") == before);
    for (int n = 0; n < 50; ++n) world.peer_sends("topic-" + std::to_string(n), "{}");
    co_await until([&] { return handled == 50; });
    many.stop();
  });
}

TEST_CASE("where the server tells nobody, lists are looked at by the clock") {
  list_world world(server_options().acl_line("blind on nopass ~* &* +@all -client|tracking"));
  auto redis =
      world.connect("unix://" + world.server.socket_path().string() + "?user=blind&password=none");
  sluice::app billing(redis, "billing", world.lists());
  billing.listen("double", [](sluice::request& what) { return what.value().as_int64() * 2; });
  world.beside([&] { return billing.run(); });
  world.play([&]() -> asio::awaitable<void> {
    co_await redis.connect();
    CHECK(redis.server().doorbell() == sluice::doorbell_state::absent);
    sluice::app web(redis, "web", world.lists());
    auto lane = web.send("double", 21);
    const auto answer = co_await lane.read(10s);
    REQUIRE(answer);
    CHECK(*answer == json::value(42));
    billing.stop();
  });
}

TEST_CASE("one that stops lets its handlers finish, and leaves the rest to others") {
  list_world world;
  slow_work work;
  auto slow = world.on_lists("slow");
  slow.listen("jobs", work.handler());
  bool ended = false;
  world.beside([&]() -> asio::awaitable<void> {
    co_await slow.run();
    ended = true;
  });
  for (int n = 0; n < 3; ++n) world.peer_sends("jobs", std::to_string(n));
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return work.begun.size() == 1; });
    slow.stop();
    co_await pause(50ms);
    CHECK_FALSE(ended);
    work.go_on = true;
    co_await until([&] { return ended; });
    CHECK(work.done.size() == 1);
    CHECK(world.length("jobs") == 2);
  });
}

TEST_CASE("what was taken for one that stops meanwhile goes back to where it was") {
  const bool kept = GENERATE(true, false);
  list_world world;
  for (int n = 0; n < 5; ++n) world.peer_sends("jobs", std::to_string(n));
  world.play([&]() -> asio::awaitable<void> {
    co_await world.redis.connect();
    sluice::app leaving(world.redis, "leaving", world.lists().keep_until_handled(kept));
    int handled = 0;
    leaving.listen(
        "jobs", [&handled](sluice::request&) { ++handled; },
        sluice::listener_options().concurrency(3));
    auto running = leaving.run();
    bool ended = false;
    world.beside([&]() -> asio::awaitable<void> {
      co_await std::move(running);
      ended = true;
    });
    // Its first look is under way.
    leaving.stop();
    co_await until([&] { return ended; });
    CHECK(handled == 0);
    CHECK(world.length("jobs") == 5);
    for (int n = 0; n < 5; ++n) CHECK(world.peer_pops("jobs").at("value") == n);
  });
}

TEST_CASE("a handler that does not end in time is cancelled, and its message is given back") {
  const bool kept = GENERATE(true, false);
  list_world world;
  slow_work work;
  sluice::app slow(world.redis, "slow", world.lists().keep_until_handled(kept));
  slow.listen("jobs", work.handler(), sluice::listener_options().drain_within(30ms));
  bool ended = false;
  world.beside([&]() -> asio::awaitable<void> {
    co_await slow.run();
    ended = true;
  });
  world.peer_sends("jobs", "1");
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return work.begun.size() == 1; });
    slow.stop();
    co_await until([&] { return ended; });
    CHECK(world.length("jobs") == 1);
    CHECK(work.done.empty());
  });
}

TEST_CASE("what a process has in hand stays on the server until it is handled") {
  list_world world;
  slow_work work;
  auto slow = world.on_lists("slow");
  slow.listen("jobs", work.handler());
  world.beside([&] { return slow.run(); });
  world.peer_sends("jobs", "1");
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return work.begun.size() == 1; });
    const auto processing = world.server.command({"KEYS", "sluice:processing:jobs:*"});
    CHECK(world.length(processing) == 1);
    work.go_on = true;
    co_await until([&] { return world.length(processing) == 0; });
    slow.stop();
  });
}

TEST_CASE("the connection string alone makes an app, its answers by another server") {
  list_world world;
  private_server answers;
  const auto text = "main=" + world.server.url() + "&feedback=" + answers.url() +
                    "&topics_prefix=prod&group=shop";
  sluice::app billing(world.io.get_executor(), text, "billing");
  billing.listen("double", [](sluice::request& what) {
    CHECK(what.topic() == "double");
    CHECK(what.source_group() == "shop");
    return what.value().as_int64() * 2;
  });
  world.beside([&] { return billing.run(); });
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.io.get_executor(), text, "web");
    auto lane = web.send("double", 21);
    const auto answer = co_await lane.read(10s);
    REQUIRE(answer);
    CHECK(*answer == json::value(42));
    billing.stop();
  });
  CHECK(answers.command({"INFO", "commandstats"}).find("cmdstat_lpush") != std::string::npos);
  CHECK(world.calls("lpush") == 1);
}

TEST_CASE("reply streams may be on another server than the messages, too") {
  list_world world;
  private_server answers;
  const auto text = "main=streams+" + world.server.url() + "&feedback=streams+" + answers.url();
  sluice::app billing(world.io.get_executor(), text, "billing");
  billing.listen("double", [](sluice::request& what) { return what.value().as_int64() * 2; });
  world.beside([&] { return billing.run(); });
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.io.get_executor(), text, "web");
    for (int n = 0; n < 5; ++n) {
      auto lane = web.send("double", n);
      const auto answer = co_await lane.read(10s);
      REQUIRE(answer);
      CHECK(*answer == json::value(2 * n));
    }
    billing.stop();
  });
}

TEST_CASE("a message leaves although its app is gone in the same turn") {
  list_world world;
  world.play([&]() -> asio::awaitable<void> {
    {
      sluice::app web(world.io.get_executor(), "main=" + world.server.url(), "web");
      web.send("note", 7);
    }
    world.on_lists("other").send("note", 8);
    co_await until([&] { return world.length("note") == 2; });
  });
}

TEST_CASE("services tell how many messages wait on their lists") {
  list_world world;
  auto billing = world.on_lists("billing");
  slow_work work;
  billing.listen("note", work.handler());
  for (int i = 0; i < 3; ++i) world.push("note", R"({"value": 1})");
  world.beside([&] { return billing.run(); });
  world.play([&]() -> asio::awaitable<void> {
    std::optional<std::uint64_t> waiting;
    while (waiting != 2) {
      co_await pause(20ms);
      const auto all = co_await sluice::list_services(world.redis);
      if (!all.empty()) waiting = all[0].topics.at(0).backlog;
    }
    work.go_on = true;
    billing.stop();
  });
}

TEST_CASE("a program without Kafka says what it needs") {
  list_world world;
  const auto text = "main=kafka://broker:9092&feedback=" + world.server.url();
  const auto make = [&] { sluice::app(world.io.get_executor(), text, "billing"); };
  CHECK_THROWS_WITH(make(), Catch::Matchers::Contains("sluice::kafka::enable()"));
  CHECK(code_of(make) == sluice::error::invalid_argument);
}

}  // namespace
