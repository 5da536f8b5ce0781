// Sending messages to topics, alone, in batches, and out of a source.

#include "support/catch.hpp"
#include "support/topic_world.hpp"

#include <sluice/topic/described.hpp>

#include <boost/describe.hpp>

#include <limits>
#include <stdexcept>

namespace {

using namespace scene;
using sluice::errc;
using sluice::topic_batch;
using sluice::topic_message;
using sluice::topic_producer;
using sluice::topic_step;
using sluice::uuid;

topic_message numbered(int n) {
  return topic_message(*uuid::parse(id_of(n)), boost::json::object{{"n", n}});
}

topic_batch batch_of(int count, int first = 0) {
  topic_batch what;
  for (int n = first; n < first + count; ++n) what.add("orders", numbered(n));
  return what;
}

TEST_CASE("a message is an entry with its id and its data") {
  topic_world world;
  topic_producer out(world.redis);
  world.play([&]() -> asio::awaitable<void> {
    const auto entry = co_await out.send("orders", numbered(7));
    CHECK(world.server.command({"XRANGE", topic_world::stream("orders"), "-", "+"}) ==
          entry.to_string() + "\nmessage_id\n" + id_of(7) + "\ndata\n{\"n\":7}");
    const boost::json::value data = "only text";
    co_await out.send("orders", data);
    CHECK(world.server.command({"XLEN", topic_world::stream("orders")}) == "2");
    CHECK(world.redis.counters().entries_added == 2);
  });
}

TEST_CASE("a batch is stored in order, without a pause for each message") {
  topic_world world;
  topic_producer out(world.redis);
  world.play([&]() -> asio::awaitable<void> {
    const auto begin = std::chrono::steady_clock::now();
    const auto ids = co_await out.send_batch(batch_of(5'000));
    CHECK(std::chrono::steady_clock::now() - begin < 4s);
    CHECK(ids.size() == 5'000);
    CHECK(std::is_sorted(ids.begin(), ids.end()));
    const auto none = co_await out.send_batch(topic_batch());
    CHECK(none.empty());
  });
}

TEST_CASE("what cannot be sent is said at once") {
  topic_world world;
  topic_producer out(world.redis);
  CHECK(code_of([&] { (void)out.send("", numbered(1)); }) == errc::invalid_argument);
  const boost::json::value nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(code_of([&] { (void)out.send("orders", nan); }) == errc::invalid_argument);
  CHECK(code_of([&] { out.pause(0ms); }) == errc::invalid_argument);
  CHECK(code_of([&] { (void)out.run(nullptr); }) == errc::invalid_argument);
}

TEST_CASE("a topic under another type of key says so") {
  topic_world world;
  world.server.command({"SET", topic_world::stream("orders"), "x"});
  topic_producer out(world.redis);
  world.play([&]() -> asio::awaitable<void> {
    const auto why = co_await failure_of(out.send("orders", numbered(1)));
    CHECK(why.code() == errc::wrong_type);
  });
}

/// A staging table: rows, and which of them were sent.
struct table {
  int rows = 0;
  int marked = 0;
  int pulls = 0;
  std::vector<std::string> journal;

  sluice::topic_source source(int at_a_time = 5) {
    return [this, at_a_time]() -> asio::awaitable<topic_batch> {
      ++pulls;
      const int count = std::min(at_a_time, rows - marked);
      auto batch = batch_of(count, marked);
      batch.when_stored([this, count]() -> asio::awaitable<void> {
        journal.emplace_back("mark");
        marked += count;
        co_return;
      });
      co_return batch;
    };
  }
};

TEST_CASE("a producer drains its source without waiting, then looks again after a pause") {
  topic_world world;
  table staged;
  staged.rows = 23;
  topic_producer out(world.redis);
  out.pause(20ms);
  world.play([&]() -> asio::awaitable<void> {
    world.beside([&]() -> asio::awaitable<void> { co_await out.run(staged.source()); });
    co_await until([&] { return staged.marked == 23; });
    CHECK(staged.pulls <= 6);
    co_await pause(50ms);
    CHECK(staged.pulls < 12);
    staged.rows = 24;
    co_await until([&] { return staged.marked == 24; });
    out.stop();
    CHECK(world.server.command({"XLEN", topic_world::stream("orders")}) == "24");
  });
  world.redis.stop();
  play_out(world.io);
}

TEST_CASE("a stop ends all runs of a producer at once, however long they pause") {
  topic_world world;
  table staged;
  topic_producer out(world.redis);
  out.pause(1min);
  world.play([&]() -> asio::awaitable<void> {
    int ended = 0;
    for (int i = 0; i < 2; ++i) {
      world.beside([&]() -> asio::awaitable<void> {
        co_await out.run(staged.source());
        ++ended;
      });
    }
    co_await until([&] { return staged.pulls == 2; });
    co_await pause(20ms);
    out.stop();
    co_await until([&] { return ended == 2; });
  });
}

TEST_CASE("each step runs inside the surroundings, which may roll back") {
  topic_world world;
  table staged;
  staged.rows = 2;
  bool refuse = true;
  topic_producer out(world.redis);
  out.surround([&](topic_step step) -> asio::awaitable<void> {
    staged.journal.emplace_back("begin");
    co_await step();
    if (std::exchange(refuse, false)) {
      staged.marked = 0;
      throw std::runtime_error("cannot commit");
    }
    staged.journal.emplace_back("commit");
  });
  world.play([&]() -> asio::awaitable<void> {
    std::string why;
    try {
      co_await out.run(staged.source());
    } catch (const std::runtime_error& thrown) {
      why = thrown.what();
    }
    CHECK(why == "cannot commit");
    world.beside([&]() -> asio::awaitable<void> { co_await out.run(staged.source()); });
    co_await until([&] { return staged.marked == 2; });
    out.stop();
    const std::vector<std::string> expected{"begin", "mark", "begin", "mark", "commit"};
    CHECK(std::vector(staged.journal.begin(), staged.journal.begin() + 5) == expected);
    // Sent twice, with the same ids: consumers work on it once.
    CHECK(world.server.command({"XLEN", topic_world::stream("orders")}) == "4");
  });
}

TEST_CASE("a server in trouble is waited out, and nothing is marked that was not stored") {
  topic_world world;
  table staged;
  staged.rows = 5;
  topic_producer out(world.redis);
  world.play([&]() -> asio::awaitable<void> {
    world.server.command({"CONFIG", "SET", "maxmemory", "1"});
    world.beside([&]() -> asio::awaitable<void> { co_await out.run(staged.source()); });
    co_await pause(100ms);
    CHECK(staged.marked == 0);
    world.server.command({"CONFIG", "SET", "maxmemory", "0"});
    co_await until([&] { return staged.marked == 5; });
    out.stop();
  });
}

}  // namespace
