// What services on lists send, as the server sees it: what streamback's processes expect to find.
#include "integration/monitor.hpp"
#include "support/list_world.hpp"

namespace {

using namespace scene;
using lines = std::vector<std::string>;

struct watched_world : list_world {
  watched_world() : watch(server) {}

  monitor watch;
};

/// As the monitor writes text.
std::string as_shown(const std::string& text) {
  std::string made = "\"";
  for (const auto each : text) {
    if (each == '"') made += '\\';
    made += each;
  }
  return made + '"';
}

TEST_CASE("a message is pushed at the left of its topic's list, which expires 300 s later") {
  watched_world world;
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.on_lists("web");
    auto lane = web.send("charge", {{"total", 7}});
    co_await lane.sent();
    const auto message = R"({"value":{"total":7},"event":"message","feedback_topic":")" +
                         lane.id() + R"(","source_group":"web"})";
    const lines expected{R"("MULTI")", R"("LPUSH" "charge" )" + as_shown(message),
                         R"("EXPIRE" "charge" "300")", R"("EXEC")"};
    CHECK(world.watch.commands("MULTI|LPUSH|EXPIRE|EXEC") == expected);
    const auto uuid = lane.id().substr(std::string("streamback_feedback_").size());
    CHECK(uuid.size() == 36);
    CHECK(uuid.at(14) == '4');
  });
}

TEST_CASE("answers and the end are pushed at the left of the list that the message names") {
  watched_world world;
  auto billing = world.on_lists("billing");
  billing.listen("charge", [](sluice::request& what) { what.respond({{"ok", true}}); });
  world.beside([&] { return billing.run(); });
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return world.watched_keys() >= 1; });
    world.watch.commands("none");
    world.peer_sends("charge", "{}");
    co_await until([&] { return world.length(peer_list) == 2; });
    const auto list = as_shown(peer_list);
    const auto answer =
        as_shown(R"({"value":{"ok":true},"event":"response","source_group":"billing","number":1})");
    const auto end =
        as_shown(R"({"event":"response_end","error":null,"source_group":"billing","number":2})");
    // The first two are the sender's.
    auto sent = world.watch.commands("LPUSH|EXPIRE");
    REQUIRE(sent.size() == 6);
    sent.erase(sent.begin(), sent.begin() + 2);
    const auto lasting = R"("EXPIRE" )" + list + R"( "300")";
    const lines expected{R"("LPUSH" )" + list + ' ' + answer, lasting,
                         R"("LPUSH" )" + list + ' ' + end, lasting};
    CHECK(sent == expected);
    billing.stop();
  });
}

TEST_CASE("a message is popped at the right of its list, where it is not to be kept") {
  watched_world world;
  sluice::app billing(world.redis, "billing", world.lists().keep_until_handled(false));
  int handled = 0;
  billing.listen("charge", [&handled](sluice::request&) { ++handled; });
  world.beside([&] { return billing.run(); });
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return world.watched_keys() >= 1; });
    world.watch.commands("none");
    world.peer_sends("charge", "{}");
    co_await until([&] { return handled == 1; });
    const lines expected{R"("RPOP" "charge" "1")", R"("LLEN" "charge")"};
    CHECK(world.watch.commands("RPOP|LLEN|BRPOP|LREM|LMOVE") == expected);
    billing.stop();
  });
}

TEST_CASE("a message that is kept moves to a list of this process, and from there when handled") {
  watched_world world;
  auto billing = world.on_lists("billing");
  int handled = 0;
  billing.listen("charge", [&handled](sluice::request&) { ++handled; });
  world.beside([&] { return billing.run(); });
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return world.watched_keys() >= 1; });
    world.watch.commands("none");
    world.peer_sends("charge", "{}");
    co_await until([&] { return handled == 1 && world.calls("lrem") == 1; });
    const auto sent = world.watch.commands("LMOVE|LREM|RPOP|BRPOP");
    REQUIRE(sent.size() == 2);
    CHECK_THAT(sent[0],
               Catch::Matchers::StartsWith(R"("LMOVE" "charge" "sluice:processing:charge:)"));
    CHECK_THAT(sent[0], Catch::Matchers::EndsWith(R"(" "RIGHT" "LEFT")"));
    CHECK_THAT(sent[1], Catch::Matchers::StartsWith(R"("LREM" "sluice:processing:charge:)"));
    billing.stop();
  });
}

TEST_CASE("a lane looks at its list without taking, and removes it when the end was read") {
  watched_world world;
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.on_lists("web");
    std::string id;
    {
      auto lane = web.send("charge", nullptr);
      id = lane.id();
      co_await failure_of(lane.read(20ms));
      world.push(id, R"({"value": 1, "event": "response", "source_group": "py"})");
      world.push(id, R"({"event": "response_end", "error": null, "source_group": "py"})");
      const auto answer = co_await lane.next();
      CHECK(answer);
      const auto end = co_await lane.next();
      CHECK_FALSE(end);
    }
    co_await until([&] { return world.calls("unlink") == 1; });
    auto sent = world.watch.commands("LRANGE|LTRIM|UNLINK|BRPOP|RPOP|EVALSHA");
    REQUIRE(sent.size() > 2);
    CHECK(sent.front() == R"("LRANGE" )" + as_shown(id) + R"( "-64" "-1")");
    CHECK(sent.back() == R"("UNLINK" )" + as_shown(id));
    CHECK(world.calls("brpop") == 0);
  });
}

}  // namespace
