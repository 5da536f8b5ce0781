// Answers that come by lists, from services and from processes that answer as streamback does.
#include "support/list_world.hpp"

namespace {

using namespace scene;

/// The list of answers that a message names, as streamback's consumer finds it.
std::string peer_receives(list_world& world, const std::string& topic) {
  return std::string(world.peer_pops(topic).at("feedback_topic").as_string());
}

void peer_answers(list_world& world, const std::string& list, const std::string& value,
                  const std::string& group = "py") {
  world.push(list, R"({"value": )" + value + R"(, "event": "response", "source_group": ")" + group +
                       R"("})");
}

void peer_ends(list_world& world, const std::string& list, const std::string& group = "py") {
  world.push(list,
             R"({"event": "response_end", "error": null, "source_group": ")" + group + R"("})");
}

/// The next answer as a number, -1 after the end.
asio::awaitable<std::int64_t> number_from(sluice::feedback_lane& lane,
                                          std::string group = std::string()) {
  const auto answer = co_await lane.read(5s, std::move(group));
  co_return answer ? answer->as_int64() : -1;
}

struct asking {
  asking() : web(world.on_lists("web")), lane(web.send("sums", {{"a", 1}})) {}

  list_world world;
  sluice::app web;
  sluice::feedback_lane lane;
};

TEST_CASE("streamback's answers are read in their order, until its end marker") {
  asking with;
  auto& [world, web, lane] = with;
  world.play([&]() -> asio::awaitable<void> {
    co_await lane.sent();
    const auto list = peer_receives(world, "sums");
    CHECK(list == lane.id());
    for (int n = 0; n < 200; ++n) peer_answers(world, list, std::to_string(n));
    peer_ends(world, list);
    for (int n = 0; n < 200; ++n) {
      const auto got = co_await number_from(lane);
      REQUIRE(got == n);
    }
    const auto end = co_await number_from(lane);
    CHECK(end == -1);
    const auto again = co_await lane.read(0s);
    CHECK_FALSE(again);
  });
}

TEST_CASE("streamback's failure is an error with its words") {
  asking with;
  auto& [world, web, lane] = with;
  world.play([&]() -> asio::awaitable<void> {
    co_await lane.sent();
    world.push(lane.id(), R"-({"event": "response_end_with_error", )-"
                          R"-("error": "ValueError('boom 3')", "source_group": "py"})-");
    const auto failure = co_await failure_of(lane.read(5s));
    CHECK(failure.code() == sluice::error::feedback_error);
    CHECK(failure.why().server_text() == "ValueError('boom 3')");
    CHECK(failure.why().group() == "py");
  });
}

TEST_CASE("whoever reads one group's answers loses none of the others'") {
  asking with;
  auto& [world, web, lane] = with;
  world.play([&]() -> asio::awaitable<void> {
    co_await lane.sent();
    peer_answers(world, lane.id(), "1", "north");
    peer_answers(world, lane.id(), "2", "south");
    peer_answers(world, lane.id(), "3", "north");
    const auto first = co_await number_from(lane, "south");
    CHECK(first == 2);
    peer_answers(world, lane.id(), "4", "south");
    const auto second = co_await number_from(lane, "south");
    CHECK(second == 4);
    const auto third = co_await number_from(lane);
    CHECK(third == 1);
    const auto fourth = co_await number_from(lane, "north");
    CHECK(fourth == 3);
  });
}

TEST_CASE("what is no answer is passed over") {
  asking with;
  auto& [world, web, lane] = with;
  world.play([&]() -> asio::awaitable<void> {
    co_await lane.sent();
    world.push(lane.id(), "nonsense");
    world.push(lane.id(), R"({"event": "response_start"})");
    peer_answers(world, lane.id(), "7");
    const auto got = co_await number_from(lane);
    CHECK(got == 7);
  });
}

TEST_CASE("silence is a timeout, and an answer that comes later is read by the next read") {
  asking with;
  auto& [world, web, lane] = with;
  world.play([&]() -> asio::awaitable<void> {
    const auto silence = co_await failure_of(lane.read(30ms));
    CHECK(silence.code() == sluice::error::feedback_timeout);
    peer_answers(world, lane.id(), "7");
    const auto got = co_await number_from(lane);
    CHECK(got == 7);
  });
}

TEST_CASE("a waiting lane does not hold up the connection, and asks for nothing") {
  asking with;
  auto& [world, web, lane] = with;
  world.play([&]() -> asio::awaitable<void> {
    world.beside([&]() -> asio::awaitable<void> { co_await failure_of(lane.next()); });
    co_await until([&] { return world.watched_keys() > 0; });
    const auto before = world.calls("lrange");
    for (int n = 0; n < 20; ++n) {
      const auto way = co_await world.redis.ping();
      CHECK(way < 1s);
    }
    co_await pause(100ms);
    CHECK(world.calls("lrange") == before);
    peer_ends(world, lane.id());
    co_await pause(20ms);
  });
}

TEST_CASE("a conversation leaves nothing on the server, however it ends") {
  list_world world;
  auto billing = world.on_lists("billing");
  const auto often = sluice::listener_options().heartbeat(50ms);
  const auto count = [](sluice::request& what) {
    for (int n = 0; n < what.value().as_int64(); ++n) what.respond(n);
  };
  billing.listen("count", count, often);
  billing.listen(
      "fail", [](sluice::request&) { throw std::runtime_error("no"); }, often);
  world.beside([&] { return billing.run(); });
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.on_lists("web");
    long watched = 0;
    for (int n = 0; n < 20; ++n) {
      // What is watched of the lists of messages themselves, where nobody waits for an answer.
      if (n == 1) co_await pause(200ms);
      if (n == 1) watched = world.watched_keys();
      auto all = web.send("count", 100);
      while (const auto each = co_await all.next()) CHECK(each->is_int64());
      auto first = web.send("count", 1);
      co_await first.read(5s);
      auto silent = web.send("nobody", nullptr);
      co_await failure_of(silent.read(1ms));
      auto unread = web.send("nobody", nullptr);
      co_await unread.sent();
      auto failing = web.send("fail", nullptr);
      co_await failure_of(failing.read(5s));
    }
    // The service that still runs says so.
    const std::vector<std::string> messages{"fail:dead", "nobody", "{sluice:services}",
                                            "{sluice:services}:seen"};
    co_await until([&] {
      auto left = world.keys();
      std::sort(left.begin(), left.end());
      return left == messages;
    });
    co_await until([&] { return world.watched_keys() <= watched; });
    billing.stop();
  });
}

TEST_CASE("what nobody reads expires as streamback's lists do") {
  list_world world;
  auto billing = world.on_lists("billing");
  billing.listen("note", [](sluice::request& what) { what.respond(7); });
  world.beside([&] { return billing.run(); });
  world.peer_sends("note", "{}");
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return world.length(peer_list) == 2; });
    const auto left = std::stol(world.server.command({"TTL", peer_list}));
    CHECK(left > 290);
    CHECK(left <= 300);
    billing.stop();
  });
}

TEST_CASE("another process goes on with a conversation from its id") {
  list_world world;
  auto counting = world.on_lists("counting");
  counting.listen("count", [](sluice::request& what) {
    for (int n = 0; n < 100; ++n) what.respond(n);
  });
  world.beside([&] { return counting.run(); });
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.on_lists("web");
    std::string id;
    {
      auto lane = web.send("count", nullptr);
      for (int n = 0; n < 10; ++n) {
        const auto got = co_await number_from(lane);
        CHECK(got == n);
      }
      id = lane.id();
    }
    auto redis = world.connect(world.server.url());
    sluice::app other(redis, "other", world.lists());
    auto lane = other.continue_lane(id);
    for (int n = 10; n < 100; ++n) {
      const auto got = co_await number_from(lane);
      REQUIRE(got == n);
    }
    const auto end = co_await lane.next();
    CHECK_FALSE(end);
    counting.stop();
  });
}

TEST_CASE("what is answered after its asker has let go is there for whoever goes on") {
  list_world world;
  bool let_go = false;
  auto slow = world.on_lists("slow");
  slow.listen("work", [&](sluice::request& what) -> asio::awaitable<void> {
    what.respond(1);
    co_await until([&] { return let_go; });
    co_await pause(50ms);  // for a signal that is not to come
    what.respond(2);
  });
  world.beside([&] { return slow.run(); });
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.on_lists("web");
    std::string id;
    {
      auto lane = web.send("work", nullptr);
      const auto got = co_await number_from(lane);
      CHECK(got == 1);
      id = lane.id();
    }
    let_go = true;
    auto lane = web.continue_lane(id);
    const auto got = co_await number_from(lane);
    CHECK(got == 2);
    const auto end = co_await lane.next();
    CHECK_FALSE(end);
    slow.stop();
  });
}

TEST_CASE(
    "a service on streams makes conversations that others can go on with, where it is asked") {
  list_world world;
  sluice::app counting(world.redis, "counting");
  counting.listen("double", [](sluice::request& what) { return what.value().as_int64() * 2; });
  world.beside([&] { return counting.run(); });
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    std::string id;
    {
      auto lane = web.send("double", 21, sluice::send_options().resumable(true));
      id = lane.id();
      co_await lane.sent();
    }
    auto lane = web.continue_lane(id);
    const auto got = co_await number_from(lane);
    CHECK(got == 42);
    auto usual = web.send("double", 1);
    const auto code = code_of([&] { web.continue_lane(usual.id()); });
    CHECK(code == sluice::error::invalid_argument);
    counting.stop();
  });
}

TEST_CASE("where nobody listens no list is named") {
  list_world world;
  auto web = world.on_lists("web");
  world.play([&]() -> asio::awaitable<void> {
    web.send("note", 1);
    const auto seen = world.peer_pops("note");
    CHECK(seen.as_object().if_contains("feedback_topic") == nullptr);
    CHECK(seen.at("value") == 1);
    co_return;
  });
}

TEST_CASE("lists carry messages whose answers come on a reply stream, where that is chosen") {
  list_world world;
  auto billing = world.on_lists("billing");
  billing.listen("double", [](sluice::request& what) { return what.value().as_int64() * 2; });
  world.beside([&] { return billing.run(); });
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web", world.lists().answers(sluice::answers_by::reply_stream));
    auto lane = web.send("double", 21);
    const auto got = co_await number_from(lane);
    CHECK(got == 42);
    billing.stop();
  });
}

TEST_CASE("a slow reader slows whoever answers it") {
  list_world world;
  auto counting = world.on_lists("counting");
  int given = 0;
  counting.listen("count", [&given](sluice::request& what) -> asio::awaitable<void> {
    for (given = 0; given < 3'000; ++given) {
      what.respond(given);
      co_await what.room();
    }
  });
  world.beside([&] { return counting.run(); });
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.on_lists("web");
    auto lane = web.send("count", nullptr);
    co_await lane.sent();
    co_await pause(300ms);
    CHECK(given < 1'000);
    std::int64_t expected = 0;
    while (const auto each = co_await lane.next()) {
      REQUIRE(each->as_int64() == expected);
      ++expected;
    }
    CHECK(expected == 3'000);
    counting.stop();
  });
}

}  // namespace
