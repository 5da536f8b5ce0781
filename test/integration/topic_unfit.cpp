// Entries that are no messages, data that a topic does not accept, and handlers that fail.

#include "support/catch.hpp"
#include "support/topic_world.hpp"

#include <sluice/topic/described.hpp>

#include <boost/describe.hpp>

#include <stdexcept>

namespace {

using namespace scene;
using sluice::delivery;
using sluice::errc;
using sluice::malformed_message;
using sluice::unfit;
using sluice::verdict;

struct order {
  int n = 0;
};
BOOST_DESCRIBE_STRUCT(order, (), (n))

const std::vector<std::vector<std::string>>& malformed() {
  static const std::vector<std::vector<std::string>> all{
      {"data", "{}"}, {"message_id", "x", "data", "{}"}, {"message_id", id_of(0), "data", "{"}};
  return all;
}

void add(topic_world& world, const std::vector<std::string>& fields) {
  std::vector<std::string> words{"XADD", topic_world::stream("orders"), "*"};
  words.insert(words.end(), fields.begin(), fields.end());
  world.server.command(words);
}

TEST_CASE("an entry that is no message ends the member, and stays pending") {
  topic_world world;
  add(world, GENERATE(from_range(malformed())));
  work_log log;
  topic_consumer in(world.redis, member());
  in.on("orders", log.handler());
  world.play([&]() -> asio::awaitable<void> {
    const auto why = co_await failure_of(in.run());
    CHECK(why.code() == errc::malformed_message);
    CHECK(world.pending_in("orders") == 1);
    CHECK(log.size() == 0);
  });
}

TEST_CASE("entries that are no messages can be acknowledged, without being remembered") {
  topic_world world;
  for (const auto& each : malformed()) add(world, each);
  world.send("orders", 0);
  work_log log;
  topic_consumer in(world.redis, member().on_unfit(unfit::acknowledge));
  in.on("orders", log.handler());
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().settled == 1; });
    in.stop();
    CHECK(in.counters().unfit == 3);
    CHECK(log.done() == std::vector<int>{0});
    CHECK(world.pending_in("orders") == 0);
  });
}

TEST_CASE("entries that are no messages can be left pending, and the others go on") {
  topic_world world;
  for (const auto& each : malformed()) add(world, each);
  world.send("orders", 1);
  work_log log;
  topic_consumer in(world.redis, member().on_unfit(unfit::skip));
  in.on("orders", log.handler());
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().settled == 1; });
    in.stop();
    CHECK(world.pending_in("orders") == 3);
  });
}

TEST_CASE("data that a check refuses is unfit: strict ends, acknowledge_invalid settles") {
  topic_world world;
  add(world, {"message_id", id_of(1), "data", R"({"n":"one"})"});
  world.send("orders", 2);
  work_log log;
  world.play([&]() -> asio::awaitable<void> {
    topic_consumer strict(world.redis, member());
    strict.on("orders", log.handler()).check("orders", sluice::in_the_form_of<order>());
    const auto why = co_await failure_of(strict.run());
    CHECK(why.code() == errc::malformed_message);
    CHECK_FALSE(world.seen("orders", 1));
    topic_consumer lenient(world.redis, member().on_unfit(unfit::acknowledge));
    lenient.on("orders", log.handler()).check("orders", sluice::in_the_form_of<order>());
    world.run(lenient);
    co_await until([&] { return lenient.counters().settled == 1; });
    lenient.stop();
    CHECK(log.done() == std::vector<int>{2});
    CHECK(world.seen("orders", 1));
    CHECK(world.pending_in("orders") == 0);
  });
}

TEST_CASE("error handlers decide by type; what they acknowledge is not remembered") {
  topic_world world;
  world.send_many("orders", 4);
  topic_consumer in(world.redis, member());
  in.on("orders", [](topic_delivery& what) -> asio::awaitable<void> {
    if (number_in(what) == 0) throw std::out_of_range("acknowledge");
    if (number_in(what) == 1) throw std::invalid_argument("leave");
    if (number_in(what) == 2) throw std::runtime_error("rethrow");
    co_return;
  });
  std::vector<std::string> told;
  in.on_error<std::logic_error>([&](const std::logic_error& why, const delivery& what) {
    told.emplace_back(why.what());
    CHECK(what.stream() == topic_world::stream("orders"));
    return verdict::leave();
  });
  in.on_error<std::out_of_range>([&](const std::out_of_range& why, const delivery&) {
    told.emplace_back(why.what());
    return verdict::ack();
  });
  in.on_error<std::runtime_error>([&](const std::runtime_error& why, const delivery&) {
    told.emplace_back(why.what());
    return verdict::rethrow();
  });
  world.play([&]() -> asio::awaitable<void> {
    std::string ended;
    try {
      co_await in.run();
    } catch (const std::runtime_error& why) {
      ended = why.what();
    }
    CHECK(ended == "rethrow");
    CHECK(told == std::vector<std::string>{"acknowledge", "leave", "rethrow"});
    CHECK(in.counters().failed == 3);
    CHECK(world.pending_in("orders") == 3);
    CHECK_FALSE(world.seen("orders", 0));
    CHECK(world.server.command({"EXISTS", topic_world::checkpoint_key("orders")}) == "1");
  });
}

TEST_CASE("malformed messages go to the error handlers, as any error") {
  topic_world world;
  add(world, malformed().front());
  world.send("orders", 1);
  topic_consumer in(world.redis, member());
  in.on("orders", work_log().handler());
  malformed_message::flaw told{};
  in.on_error<sluice::error>(
      [](const sluice::error&, const delivery&) { return verdict::rethrow(); });
  in.on_error<malformed_message>([&](const malformed_message& why, const delivery&) {
    told = why.what_is_wrong();
    return verdict::ack();
  });
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().settled == 1; });
    in.stop();
    CHECK(told == malformed_message::flaw::missing_field);
    CHECK(world.pending_in("orders") == 0);
  });
}

TEST_CASE("an exception that no handler takes is never dropped, of whatever type it is") {
  topic_world world;
  world.send("orders", 1);
  topic_consumer in(world.redis, member());
  in.on("orders", [](topic_delivery&) -> asio::awaitable<void> {
    throw 42;
    co_return;
  });
  in.on_error<std::exception>(
      [](const std::exception&, const delivery&) { return verdict::ack(); });
  world.play([&]() -> asio::awaitable<void> {
    int thrown = 0;
    try {
      co_await in.run();
    } catch (int what) {
      thrown = what;
    }
    CHECK(thrown == 42);
    CHECK(world.pending_in("orders") == 1);
  });
}

}  // namespace
