// What pipelines send, as the server sees it: what streamz_redis' processes expect to find.
#include "integration/monitor.hpp"
#include "support/stream_world.hpp"

#include <sluice/flow/from.hpp>
#include <sluice/flow/from_group.hpp>
#include <sluice/flow/from_list.hpp>
#include <sluice/flow/map.hpp>
#include <sluice/flow/to_redis.hpp>

#include <string>
#include <vector>

namespace {

using namespace scene;
namespace flow = sluice::flow;
using lines = std::vector<std::string>;

struct watched_world : stream_world {
  watched_world() : watch(server) {}

  void run(flow::pipeline made) {
    play([&]() -> asio::awaitable<void> { co_await made.run(); });
  }

  monitor watch;
};

flow::range_source<std::vector<std::string>> texts() {
  return flow::from(std::vector<std::string>{"a", "b"});
}

TEST_CASE("a text is pushed as it is, at the right of its list or at the left") {
  watched_world world;
  world.run(texts() | flow::to_list(world.redis, "list"));
  world.run(texts() | flow::to_list(world.redis, "list", sluice::list_end::left));
  const lines expected{R"("RPUSH" "list" "a")", R"("RPUSH" "list" "b")", R"("LPUSH" "list" "a")",
                       R"("LPUSH" "list" "b")"};
  CHECK(world.watch.commands("RPUSH|LPUSH") == expected);
}

TEST_CASE("an entry is added with its bound, approximate or exact, in one command") {
  watched_world world;
  const auto as_fields = [](const std::string& text) { return sluice::fields("data", text); };
  const auto roughly = sluice::add_options().cut(sluice::trim::max_length(10));
  world.run(texts() | flow::map(as_fields) | flow::to_stream(world.redis, "stream", roughly));
  const auto exactly = sluice::add_options().cut(sluice::trim::max_length(10).exactly());
  world.run(flow::from(std::vector<std::string>{"c"}) | flow::map(as_fields) |
            flow::to_stream(world.redis, "stream", exactly));
  const lines expected{R"("XADD" "stream" "MAXLEN" "~" "10" "*" "data" "a")",
                       R"("XADD" "stream" "MAXLEN" "~" "10" "*" "data" "b")",
                       R"("XADD" "stream" "MAXLEN" "=" "10" "*" "data" "c")"};
  CHECK(world.watch.commands("XADD") == expected);
}

TEST_CASE("a text is published as it is") {
  watched_world world;
  world.run(texts() | flow::to_channel(world.redis, "news"));
  const lines expected{R"("PUBLISH" "news" "a")", R"("PUBLISH" "news" "b")"};
  CHECK(world.watch.commands("PUBLISH") == expected);
}

TEST_CASE("what is popped and not kept costs one command for all that is there") {
  watched_world world;
  world.server.command({"RPUSH", "list", "a", "b", "c"});
  const auto all = flow::lists("list").keep_until_done(false).wait(sluice::waiting::none());
  world.run(flow::from_list(world.redis, all) | flow::sink([](const flow::list_element&) {}));
  CHECK(world.watch.commands("LPOP|LMOVE|LREM") == lines{R"("LPOP" "list" "256")"});
}

TEST_CASE("what is kept is moved, and leaves the list of its process one by one") {
  watched_world world;
  world.server.command({"RPUSH", "list", "a"});
  const auto all = flow::lists("list").from(sluice::list_end::right).wait(sluice::waiting::none());
  world.run(flow::from_list(world.redis, all) | flow::sink([](const flow::list_element&) {}));
  const auto sent = world.watch.commands("LMOVE|LREM");
  REQUIRE(sent.size() == 3);
  const auto own = sent[0].find(R"("sluice:processing:list:)");
  REQUIRE(own != std::string::npos);
  const auto name = sent[0].substr(own, sent[0].find('"', own + 1) + 1 - own);
  const auto move = R"("LMOVE" "list" )" + name + R"( "RIGHT" "LEFT")";
  CHECK(sent == lines{move, move, R"("LREM" )" + name + R"( "-1" "a")"});
}

TEST_CASE("what of a kept list is done with in one turn is removed in one step") {
  watched_world world;
  world.server.command({"RPUSH", "list", "a", "b", "c"});
  const auto all = flow::lists("list").wait(sluice::waiting::none());
  world.run(flow::from_list(world.redis, all) | flow::sink([](const flow::list_element&) {}));
  const auto sent = world.watch.commands("SADD|LREM");
  REQUIRE(sent.size() == 4);
  CHECK_THAT(sent.front(), Catch::Matchers::StartsWith(R"("SADD")"));
  CHECK_THAT(sent.back(), Catch::Matchers::EndsWith(R"("-1" "c")"));
}

TEST_CASE("each entry of a group is acknowledged by its id, those of a turn in one command") {
  watched_world world;
  world.server.command({"XADD", "stream", "1-0", "data", "a"});
  world.server.command({"XADD", "stream", "2-0", "data", "b"});
  const auto member = sluice::group("workers").consumer("one").stream("stream").wait(200ms);
  world.run(flow::from_group(world.redis, member) | flow::sink([](const sluice::entry&) {}));
  const auto sent = world.watch.commands("XGROUP|XACK");
  REQUIRE(sent.size() >= 2);
  CHECK(sent.front() == R"("XGROUP" "CREATE" "stream" "workers" "0-0" "MKSTREAM")");
  CHECK(sent.back() == R"("XACK" "stream" "workers" "1-0" "2-0")");
}

}  // namespace
