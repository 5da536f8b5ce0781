// What lies in Kafka and in Redis between Sluice's and streamback's processes, byte by byte.
#include "support/kafka_world.hpp"

#include <map>
#include <set>

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;
using sluice::send_options;

constexpr auto peers_list = "streamback_feedback_0b6b4b6e-8a4e-4d5c-9a53-0f6f2f1f3c11";

/// As Python's json.dumps writes what streamback's producer sends.
std::string written_with_list(const std::string& value) {
  return R"({"value": )" + value + R"(, "event": "message", "feedback_topic": ")" + peers_list +
         R"(", "source_group": "python"})";
}

/// What streamback's consumer does with an answer.
void answer_as_python(scene::kafka_world& world, const std::string& list, const std::string& what) {
  world.server.command({"LPUSH", list, what});
  world.server.command({"EXPIRE", list, "300"});
}

}  // namespace

TEST_CASE("a message is, byte by byte, the object that streamback's processes write") {
  scene::kafka_world world;
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.make_app("web");
    auto lane = web.send(world.jobs, {{"text", "Zoë"}, {"n", json::array{1, 2.5, nullptr}}});
    co_await lane.sent();
    const auto written = world.peer.read(world.jobs, 1);
    REQUIRE(written.size() == 1);
    CHECK(lane.id().starts_with("streamback_feedback_"));
    CHECK(written[0].payload ==
          R"({"value":{"text":"Zoë","n":[1,2.5E0,null]},"event":"message","feedback_topic":")" +
              lane.id() + R"(","source_group":"web"})");
    CHECK(written[0].key.empty());
    CHECK(written[0].headers.empty());
  });
}

TEST_CASE("a message of which nobody awaits an answer names no list") {
  scene::kafka_world world;
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.make_app("web");
    auto lane = web.send(world.jobs, 1, send_options().one_way());
    co_await lane.sent();
    const auto written = world.peer.read(world.jobs, 1);
    REQUIRE(written.size() == 1);
    CHECK(written[0].payload ==
          R"({"value":1,"event":"message","source_group":"web","id":")" + lane.id() + R"("})");
  });
}

TEST_CASE("a deadline and a trace stand behind what streamback's processes read") {
  scene::kafka_world world;
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.make_app("web");
    const auto trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    auto lane = web.send(world.jobs, 1, send_options().within(1h).traceparent(trace));
    co_await lane.sent();
    const auto written = world.peer.read(world.jobs, 1);
    REQUIRE(written.size() == 1);
    const auto& text = written[0].payload;
    const auto head = R"({"value":1,"event":"message","feedback_topic":")" + lane.id() +
                      R"(","source_group":"web","deadline":)";
    CHECK(text.starts_with(head));
    CHECK(text.ends_with(std::string(R"(,"traceparent":")") + trace + R"("})"));
  });
}

TEST_CASE("a message of streamback's processes is answered as they read it") {
  scene::kafka_world world;
  world.peer.write(world.jobs, written_with_list("20"));
  world.peer.write(world.jobs, written_with_list("0"));
  auto billing = world.make_app(world.billing);
  billing.listen(world.jobs, [](sluice::request& what) {
    if (what.value() == 0) throw std::runtime_error("division by zero");
    what.respond(1);
    what.respond({{"n", 2}});
  });
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return world.server.command({"LLEN", peers_list}) == "4"; });
    co_await world.stop(billing);
  });
  // Streamback's processes pass the numbers over.
  const auto end = [&](int number) {
    return R"("source_group":")" + world.billing + R"(","number":)" + std::to_string(number) + "}";
  };
  const auto next = [&] { return world.server.command({"RPOP", peers_list}); };
  CHECK(std::stoi(world.server.command({"TTL", peers_list})) > 290);
  CHECK(next() == R"({"value":1,"event":"response",)" + end(1));
  CHECK(next() == R"({"value":{"n":2},"event":"response",)" + end(2));
  CHECK(next() == R"({"event":"response_end","error":null,)" + end(3));
  CHECK(next() == R"({"event":"response_end_with_error","error":"division by zero",)" + end(1));
}

TEST_CASE("answers of streamback's processes are heard") {
  scene::kafka_world world;
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.make_app("web");
    auto lane = web.send(world.jobs, 1);
    co_await lane.sent();
    const auto written = world.peer.read(world.jobs, 1);
    REQUIRE(written.size() == 1);
    const std::string list(json::parse(written[0].payload).at("feedback_topic").as_string());
    answer_as_python(world, list, R"({"value": 42, "event": "response", "source_group": "py"})");
    answer_as_python(world, list,
                     R"({"event": "response_end", "error": null, "source_group": "py"})");
    const auto answer = co_await lane.read(10s);
    REQUIRE(answer);
    CHECK(*answer == 42);
    const auto after = co_await lane.read(10s);
    CHECK_FALSE(after);
  });
}

TEST_CASE("messages of a key go to the partition to which streamback's processes send it") {
  scene::kafka_world world(8);
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.make_app("web");
    for (int n = 0; n < 12; ++n) {
      const auto key = "customer " + std::to_string(n);
      world.peer.write(world.jobs, scene::written_by_streamback(n), -1, key);
      auto lane = web.send(world.jobs, n, send_options().key(key).one_way());
      co_await lane.sent();
    }
  });
  std::map<std::string, std::set<int>> places;
  int found = 0;
  for (int partition = 0; partition < 8; ++partition) {
    for (const auto& each :
         world.peer.read(world.jobs, world.peer.count(world.jobs, partition), partition)) {
      places[each.key].insert(partition);
      ++found;
    }
  }
  CHECK(found == 24);
  CHECK(places.size() == 12);
  for (const auto& [key, partitions] : places) CHECK(partitions.size() == 1);
}
