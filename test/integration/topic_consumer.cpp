// Working on the messages of topics: order, duplicates, several topics and groups, the end.

#include "support/catch.hpp"
#include "support/topic_world.hpp"

#include <sluice/topic/described.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <stdexcept>

namespace {

using namespace scene;
using sluice::errc;
using sluice::malformed_message;
using sluice::verdict;

TEST_CASE("each message is worked on and settled in telstar's keys") {
  topic_world world;
  const auto first = world.send("orders", 1);
  const auto second = world.send("orders", 2);
  work_log log;
  topic_consumer in(world.redis, member());
  in.on("orders", log.handler());
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().settled == 2; });
    world.send("orders", 3);
    co_await until([&] { return in.counters().settled == 3; });
    in.stop();
    CHECK(log.done() == series(3, 1));
    CHECK(world.pending_in("orders") == 0);
    CHECK(world.seen("orders", 1));
    CHECK(std::stoi(world.server.command({"TTL", topic_world::seen_key("orders", 1)})) > 1'209'590);
    CHECK(world.server.command({"TTL", topic_world::checkpoint_key("orders")}) == "-1");
    CHECK(world.server.command({"GET", topic_world::checkpoint_key("orders")}) > second);
    CHECK(second > first);
  });
  world.redis.stop();
  play_out(world.io);
}

TEST_CASE("of two runs at once the second is refused, also when none had begun") {
  topic_world world;
  work_log log;
  topic_consumer in(world.redis, member());
  in.on("orders", log.handler());
  world.play([&]() -> asio::awaitable<void> {
    bool ended = false;
    auto first = in.run();
    auto second = in.run();
    world.beside([&]() -> asio::awaitable<void> {
      co_await std::move(first);
      ended = true;
    });
    co_await pause(20ms);
    const auto why = co_await failure_of(std::move(second));
    CHECK(why.code() == sluice::errc::invalid_argument);
    world.send("orders", 1);
    co_await until([&] { return in.counters().settled == 1; });
    in.stop();
    co_await until([&] { return ended; });
  });
}

TEST_CASE("a message that was sent twice is worked on once, and remembered anew") {
  topic_world world;
  world.send("orders", 1);
  const auto again = world.send("orders", 1);
  work_log log;
  topic_consumer in(world.redis, member());
  in.on("orders", log.handler());
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().duplicates == 1; });
    co_await until([&] { return world.pending_in("orders") == 0; });
    world.server.command({"EXPIRE", topic_world::seen_key("orders", 1), "5"});
    world.send("orders", 1);
    co_await until([&] { return in.counters().duplicates == 2; });
    co_await until([&] { return world.pending_in("orders") == 0; });
    in.stop();
    CHECK(log.done() == std::vector<int>{1});
    CHECK(std::stoi(world.server.command({"TTL", topic_world::seen_key("orders", 1)})) > 5);
    CHECK(world.server.command({"GET", topic_world::checkpoint_key("orders")}) > again);
  });
}

TEST_CASE("how an id is written does not make it another one") {
  topic_world world;
  const std::string bare = "10000000000040008000000000000001";
  world.send("orders", 1);
  world.server.command({"XADD", topic_world::stream("orders"), "*", "message_id",
                        "{urn:uuid:" + bare + "}", "data", R"({"n":1})"});
  work_log log;
  topic_consumer in(world.redis, member());
  in.on("orders", log.handler());
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().duplicates == 1; });
    in.stop();
    CHECK(log.size() == 1);
  });
}

TEST_CASE("entries of one millisecond keep their order, and so do those of several topics") {
  topic_world world;
  for (int i = 0; i < 25; ++i) {
    world.send(i % 2 == 0 ? "orders" : "bills", i, "1000-" + std::to_string(i));
  }
  work_log log;
  topic_consumer in(world.redis, member().read_ahead(50));
  in.on("orders", log.handler()).on("bills", log.handler());
  world.play([&]() -> asio::awaitable<void> {
    world.make_group("orders");
    world.make_group("bills");
    world.run(in);
    co_await until([&] { return in.counters().settled == 25; });
    in.stop();
    // One of the topics may have been answered first; within what had arrived all is in order.
    std::vector<int> even, odd;
    for (const int n : log.done()) (n % 2 == 0 ? even : odd).push_back(n);
    CHECK(std::is_sorted(even.begin(), even.end()));
    CHECK(std::is_sorted(odd.begin(), odd.end()));
  });
}

TEST_CASE("what has arrived of several topics is merged by id") {
  topic_world world;
  work_log log;
  topic_consumer in(world.redis, member());
  in.on("blocker", [](topic_delivery&) { return pause(200ms); });
  in.on("bills", log.handler()).on("orders", log.handler());
  world.play([&]() -> asio::awaitable<void> {
    for (const auto* each : {"blocker", "bills", "orders"}) world.make_group(each);
    world.run(in);
    world.send("blocker", 0);
    co_await until([&] { return world.pending_in("blocker") == 1; });
    for (int i = 0; i < 12; ++i) {
      world.send(i % 3 == 0 ? "orders" : "bills", i, "1000-" + std::to_string(i + 1));
    }
    co_await until([&] { return in.counters().settled == 13; });
    in.stop();
    CHECK(log.done() == series(12));
  });
}

TEST_CASE("several groups in one process share one connection, and each gets all messages") {
  topic_world world;
  world.send_many("orders", 20);
  work_log one_log, other_log;
  topic_consumer one(world.redis, member());
  topic_consumer other(world.redis, topic_group("other").consumer("c"));
  one.on("orders", one_log.handler());
  other.on("orders", other_log.handler());
  world.play([&]() -> asio::awaitable<void> {
    world.run(one);
    world.run(other);
    co_await until([&] { return one.counters().settled == 20 && other.counters().settled == 20; });
    one.stop();
    other.stop();
    CHECK(one_log.done() == series(20));
    CHECK(other_log.done() == series(20));
    CHECK(world.redis.counters().connects == 1);
  });
}

TEST_CASE("members of a group share the messages") {
  topic_world world;
  work_log one_log, other_log;
  topic_consumer one(world.redis, member("one").read_ahead(1));
  topic_consumer other(world.redis, member("other").read_ahead(1));
  one.on("orders", one_log.handler());
  other.on("orders", other_log.handler());
  world.play([&]() -> asio::awaitable<void> {
    world.run(one);
    world.run(other);
    world.send_many("orders", 50);
    co_await until([&] { return one.counters().settled + other.counters().settled == 50; });
    one.stop();
    other.stop();
    CHECK(one_log.size() + other_log.size() == 50);
    CHECK(world.pending_in("orders") == 0);
  });
}

TEST_CASE("a handler knows its message, and may see the whole entry") {
  topic_world world;
  const auto entry = world.server.command({"XADD", topic_world::stream("orders"), "*", "message_id",
                                           id_of(7), "data", R"({"n":7})", "trace", "t-1"});
  int seen = 0;
  topic_consumer in(world.redis, member());
  in.on("orders", [&](topic_delivery& what) -> asio::awaitable<void> {
    CHECK(what.topic() == "orders");
    CHECK(what.id().to_string() == id_of(7));
    CHECK(what.entry().id_text() == entry);
    CHECK(what.entry().field("trace") == "t-1");
    CHECK(what.entry().group() == "g");
    CHECK(what.entry().consumer() == "c");
    CHECK_FALSE(what.redelivered());
    ++seen;
    co_return;
  });
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().settled == 1; });
    in.stop();
    CHECK(seen == 1);
  });
}

TEST_CASE("what was not settled comes first when the member runs again") {
  topic_world world;
  world.send_many("orders", 3);
  bool fails = true;
  std::vector<std::pair<int, bool>> seen;
  topic_consumer in(world.redis, member());
  in.on("orders", [&](topic_delivery& what) -> asio::awaitable<void> {
    seen.emplace_back(number_in(what), what.redelivered());
    if (fails && number_in(what) == 1) throw std::runtime_error("no paper");
    co_return;
  });
  world.play([&]() -> asio::awaitable<void> {
    std::string why;
    try {
      co_await in.run();
    } catch (const std::runtime_error& thrown) {
      why = thrown.what();
    }
    CHECK(why == "no paper");
    CHECK(in.counters().failed == 1);
    CHECK(world.pending_in("orders") == 2);
    CHECK_FALSE(world.seen("orders", 1));
    fails = false;
    world.run(in);
    co_await until([&] { return in.counters().settled == 3; });
    in.stop();
    const std::vector<std::pair<int, bool>> expected{{0, false}, {1, false}, {1, true}, {2, true}};
    CHECK(seen == expected);
  });
}

TEST_CASE("stop lets the message under way be finished, and leaves the rest pending") {
  topic_world world;
  world.send_many("orders", 5);
  topic_consumer in(world.redis, member());
  int begun = 0;
  in.on("orders", [&](topic_delivery&) -> asio::awaitable<void> {
    ++begun;
    in.stop();
    co_await pause(20ms);
  });
  world.play([&]() -> asio::awaitable<void> {
    co_await in.run();
    CHECK(begun == 1);
    CHECK(in.counters().settled == 1);
    CHECK(world.pending_in("orders") == 4);
  });
}

TEST_CASE("stop ends a member that waits, at once, and the program") {
  topic_world world;
  topic_consumer in(world.redis, member());
  in.on("orders", work_log().handler());
  world.play([&]() -> asio::awaitable<void> {
    world.beside([&]() -> asio::awaitable<void> {
      co_await pause(50ms);
      in.stop();
    });
    co_await in.run();
  });
  world.redis.stop();
  play_out(world.io);
}

TEST_CASE("a stop between the call and the beginning of run counts") {
  topic_world world;
  world.send("orders", 1);
  topic_consumer in(world.redis, member());
  in.on("orders", work_log().handler());
  world.play([&]() -> asio::awaitable<void> {
    auto running = in.run();
    in.stop();
    co_await std::move(running);
    CHECK(in.counters().settled == 0);
  });
}

TEST_CASE("a cancelled run leaves the message pending, whatever the error handlers say") {
  topic_world world;
  world.send("orders", 1);
  topic_consumer in(world.redis, member());
  bool begun = false;
  in.on("orders", [&](topic_delivery&) -> asio::awaitable<void> {
    begun = true;
    co_await pause(10s);
  });
  in.on_error<std::exception>(
      [](const std::exception&, const sluice::delivery&) { return verdict::ack(); });
  asio::cancellation_signal signal;
  std::exception_ptr thrown;
  bool ended = false;
  asio::co_spawn(world.io, in.run(),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr why) {
                   thrown = std::move(why);
                   ended = true;
                 }));
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return begun; });
    signal.emit(asio::cancellation_type::terminal);
    co_await until([&] { return ended; });
    CHECK(thrown);
    CHECK(world.pending_in("orders") == 1);
    CHECK_FALSE(world.seen("orders", 1));
  });
}

TEST_CASE("a trouble of the server that only a person can mend ends the member, loudly") {
  topic_world world;
  world.server.command({"SET", topic_world::stream("orders"), "x"});
  topic_consumer in(world.redis, member());
  in.on("orders", work_log().handler());
  world.play([&]() -> asio::awaitable<void> {
    const auto why = co_await failure_of(in.run());
    CHECK(why.code() == errc::wrong_type);
  });
}

TEST_CASE("another prefix is another world") {
  topic_world world;
  world.send("orders", 1);
  work_log log;
  topic_consumer in(world.redis, member().prefix("app:").remember_for(60s));
  in.on("orders", log.handler());
  sluice::topic_producer out(world.redis, "app:");
  world.play([&]() -> asio::awaitable<void> {
    const sluice::topic_message what(*sluice::uuid::parse(id_of(2)), boost::json::object{{"n", 2}});
    co_await out.send("orders", what);
    world.run(in);
    co_await until([&] { return in.counters().settled == 1; });
    in.stop();
    CHECK(log.done() == std::vector<int>{2});
    const auto seen = "app:seen:orders:g:" + id_of(2);
    CHECK(std::stoi(world.server.command({"TTL", seen})) <= 60);
    CHECK(world.server.command({"KEYS", "telstar:*"}) == topic_world::stream("orders"));
  });
}

TEST_CASE("what a member cannot be is said at once") {
  topic_world world;
  const auto code = [&](const topic_group& what) {
    return code_of([&] { const topic_consumer in(world.redis, what); });
  };
  CHECK(code(topic_group("")) == errc::invalid_argument);
  CHECK(code(member().read_ahead(0)) == errc::invalid_argument);
  CHECK(code(member().read_ahead(101)) == errc::invalid_argument);
  CHECK(code(member().remember_for(0s)) == errc::invalid_argument);
  CHECK(code(member().heartbeat(1s).claim_timeout(1s)) == errc::invalid_argument);
  CHECK(code(member().heartbeat(1ms)) == errc::invalid_argument);
  topic_consumer in(world.redis, topic_group("g"));
  CHECK_FALSE(in.consumer_name().empty());
  CHECK(code_of([&] { (void)in.run(); }) == errc::invalid_argument);
  CHECK(code_of([&] { in.on("", work_log().handler()); }) == errc::invalid_argument);
  in.check("orders", [](const boost::json::value&) { return true; });
  CHECK(code_of([&] { (void)in.run(); }) == errc::invalid_argument);
}

}  // namespace
