// A settle looks at the message that comes next, so that a round trip is all that a message costs.

#include "support/catch.hpp"
#include "support/topic_world.hpp"

namespace {

using namespace scene;
using namespace std::chrono_literals;

void settle_elsewhere(topic_world& world, int n) {
  world.server.command({"SET", topic_world::seen_key("orders", n), "1", "EX", "1209600"});
}

TEST_CASE("of what was read at once, only the first message is asked for by itself") {
  topic_world world;
  world.send_many("orders", 10);
  work_log log;
  topic_consumer in(world.redis, member());
  in.on("orders", log.handler());
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().settled == 10; });
    in.stop();
    CHECK(log.done() == series(10, 0));
    CHECK(world.calls("get") == 1);
  });
}

TEST_CASE("a message that others settle while the one before is worked on is passed over") {
  topic_world world;
  world.send_many("orders", 3);
  work_log log;
  topic_consumer in(world.redis, member());
  in.on("orders", [&, note = log.handler()](topic_delivery& what) -> asio::awaitable<void> {
    if (number_in(what) == 0) settle_elsewhere(world, 1);
    co_await note(what);
  });
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().settled == 2; });
    in.stop();
    CHECK(log.done() == std::vector<int>{0, 2});
    CHECK(in.counters().duplicates == 1);
    CHECK(world.pending_in("orders") == 0);
  });
}

TEST_CASE("a message that follows itself is passed over") {
  topic_world world;
  for (int i = 0; i < 3; ++i) world.send("orders", 1);
  work_log log;
  topic_consumer in(world.redis, member());
  in.on("orders", log.handler());
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().duplicates == 2; });
    co_await until([&] { return world.pending_in("orders") == 0; });
    in.stop();
    CHECK(log.done() == std::vector<int>{1});
  });
}

TEST_CASE("a handler that goes on after settling makes the next message be asked for anew") {
  topic_world world;
  world.send_many("orders", 2);
  work_log log;
  topic_consumer in(world.redis, member());
  in.on("orders", [&, note = log.handler()](topic_delivery& what) -> asio::awaitable<void> {
    co_await note(what);
    co_await what.settle();
    co_await pause(150ms);
    settle_elsewhere(world, 1);
  });
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().duplicates == 1; });
    in.stop();
    CHECK(log.done() == std::vector<int>{0});
  });
}

TEST_CASE("an entry that is no message does not keep the next from being looked at") {
  topic_world world;
  world.send("orders", 0);
  world.server.command({"XADD", topic_world::stream("orders"), "*", "data", "{}"});
  world.send("orders", 1);
  settle_elsewhere(world, 1);
  topic_consumer in(world.redis, member().on_unfit(sluice::unfit::acknowledge));
  in.on("orders", work_log().handler());
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().duplicates == 1; });
    in.stop();
    CHECK(in.counters().settled == 1);
    CHECK(in.counters().unfit == 1);
  });
}

}  // namespace
