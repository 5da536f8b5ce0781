// Publishing: what was committed arrives, in order, and is marked.

#include "outbox_world.hpp"

#include <soci/connection-pool.h>

namespace {

using namespace scene;
using sluice::errc;

TEST_CASE("what was staged before and while a publisher runs arrives, in order, and is marked") {
  outbox_world world(GENERATE(from_range(databases())));
  world.stage_series("orders", 250);
  auto out = world.publisher();
  world.play_beside(out, [&]() -> asio::awaitable<void> {
    co_await until([&] { return world.unsent() == 0; });
    world.stage_series("orders", 50, 250);
    co_await until([&] { return world.unsent() == 0; });
  });
  CHECK(world.data("orders") == texts(300));
  CHECK(out.statistics().sent == 300);
  CHECK(out.statistics().failures == 0);
  CHECK(world.failures->empty());
}

TEST_CASE("a message arrives under the id that staging gave, with its data as it was") {
  outbox_world world(GENERATE(from_range(databases())));
  const auto id = world.stage("orders", {{"name", "Zoë \"Z\" \n"}, {"n", 1}});
  auto out = world.publisher();
  world.play_beside(
      out, [&]() -> asio::awaitable<void> { co_await until([&] { return world.unsent() == 0; }); });
  CHECK(world.ids("orders") == std::vector<std::string>{id});
  CHECK(world.data("orders") == std::vector<std::string>{R"({"name":"Zoë \"Z\" \n","n":1})"});
  CHECK(world.server.command({"XLEN", "telstar:stream:orders"}) == "1");
}

TEST_CASE("what is not committed is not sent") {
  outbox_world world("sqlite3");
  auto out = world.publisher();
  world.play_beside(out, [&]() -> asio::awaitable<void> {
    {
      const soci::transaction unit(world.sql);
      world.stage("orders", 1);
      co_await pause(60ms);
    }
    world.stage("orders", 2);
    co_await until([&] { return world.unsent() == 0; });
  });
  CHECK(world.data("orders") == texts(1, 2));
}

TEST_CASE("a delayed message is sent at its time, although nobody asks the table before") {
  outbox_world world(GENERATE(from_range(databases())));
  outbox::stage(world.sql, "orders", 1, world.staging().delay(300ms));
  auto out = world.publisher(world.quick().poll_interval(60s));
  const auto start = std::chrono::steady_clock::now();
  world.play_beside(
      out, [&]() -> asio::awaitable<void> { co_await until([&] { return world.unsent() == 0; }); });
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(took >= 250ms);
  CHECK(took < 10s);
  CHECK(out.statistics().looks <= 4);
}

TEST_CASE("a notice makes it look at once") {
  outbox_world world;
  auto out = world.publisher(world.quick().poll_interval(60s));
  world.play_beside(out, [&]() -> asio::awaitable<void> {
    co_await until([&] { return out.statistics().looks > 0; });
    world.stage("orders", 7);
    out.notify();
    co_await until([&] { return world.unsent() == 0; });
  });
  CHECK(world.data("orders") == texts(1, 7));
}

TEST_CASE("a batch has no more messages than it may, and the rest follows at once") {
  outbox_world world;
  world.stage_series("orders", 10);
  auto out = world.publisher(world.quick().batch(3).poll_interval(60s));
  world.play_beside(
      out, [&]() -> asio::awaitable<void> { co_await until([&] { return world.unsent() == 0; }); });
  CHECK(out.statistics().batches == 4);
  CHECK(world.data("orders") == texts(10));
}

TEST_CASE("several publishers with several sessions send each message once, in order") {
  outbox_world world(GENERATE(from_range(databases())));
  for (int i = 0; i < 200; ++i) {
    for (const auto* const topic : {"a", "b", "c"}) world.stage(topic, i);
  }
  const auto how = world.quick().batch(7).sessions(world.base.is_sqlite() ? 1 : 3);
  auto one = world.publisher(how);
  auto two = world.publisher(how);
  world.play_beside(one, [&]() -> asio::awaitable<void> {
    bool ended = false;
    world.beside([&]() -> asio::awaitable<void> {
      co_await two.run();
      ended = true;
    });
    co_await until([&] { return world.unsent() == 0; });
    two.stop();
    co_await until([&] { return ended; });
  });
  for (const auto* const topic : {"a", "b", "c"}) CHECK(world.data(topic) == texts(200));
  CHECK(one.statistics().sent + two.statistics().sent == 600);
}

TEST_CASE("a row that somebody else has locked holds up its topic and no other") {
  const auto backend = GENERATE(from_range(databases()));
  if (backend == "sqlite3") return;  // it locks all or nothing
  outbox_world world(backend);
  for (int i = 0; i < 3; ++i) {
    world.stage("a", i);
    world.stage("b", i);
  }
  auto out = world.publisher();
  soci::session other(world.base.url());
  world.play_beside(out, [&]() -> asio::awaitable<void> {
    other.begin();
    other << "SELECT id FROM " + world.where.name() +
                 " WHERE topic = 'a' ORDER BY id LIMIT 1 FOR UPDATE";
    co_await until([&] { return world.data("b").size() == 3; });
    co_await pause(100ms);
    CHECK(world.data("a").empty());
    other.rollback();
    co_await until([&] { return world.unsent() == 0; });
  });
  CHECK(world.data("a") == texts(3));
  CHECK(world.data("b") == texts(3));
}

TEST_CASE("while messages are on their way the database is free, also for the executor's thread") {
  outbox_world world(GENERATE(from_range(databases())));
  world.stage("orders", 0);
  auto out = world.publisher();
  world.play_beside(out, [&]() -> asio::awaitable<void> {
    co_await until([&] { return world.unsent() == 0; });
    for (int i = 1; i < 20; ++i) {
      world.stage("orders", i);
      out.notify();
      world.server.freeze();
      co_await pause(10ms);
      world.stage("orders", 100 + i);
      CHECK(world.handled.record(world.sql, "billing", std::to_string(i)));
      world.server.thaw();
    }
    co_await until([&] { return world.unsent() == 0; });
  });
  CHECK(world.data("orders").size() == 39);
}

TEST_CASE("of publishers of one SQLite file one sends at a time, also across processes") {
  outbox_world world;
  world.stage("orders", 0);
  const auto url = world.base.url();
  const auto file = url.substr(url.find("db=") + 3, url.find(' ') - url.find("db=") - 3);
  soci::session other("sqlite3://" + file + "-" + world.where.name() + ".lock");
  other << "BEGIN IMMEDIATE";
  auto out = world.publisher();
  world.play_beside(out, [&]() -> asio::awaitable<void> {
    co_await until([&] { return out.statistics().looks > 3; });
    CHECK(world.data("orders").empty());
    other.rollback();
    co_await until([&] { return world.unsent() == 0; });
  });
  CHECK(world.data("orders") == texts(1));
}

TEST_CASE("sessions of the user's pool serve as well") {
  outbox_world world(GENERATE(from_range(databases())));
  auto pool = std::make_shared<soci::connection_pool>(2);
  for (std::size_t i = 0; i < 2; ++i) pool->at(i).open(world.base.url());
  outbox::publisher out(world.redis, pool, world.quick());
  world.stage_series("orders", 10);
  world.play_beside(
      out, [&]() -> asio::awaitable<void> { co_await until([&] { return world.unsent() == 0; }); });
  CHECK(world.data("orders") == texts(10));
}

TEST_CASE("sent rows are purged once they are old enough, unsent ones never") {
  outbox_world world(GENERATE(from_range(databases())));
  world.stage_series("orders", 5);
  outbox::stage(world.sql, "orders", 9, world.staging().delay(1h));
  auto out = world.publisher(world.quick().purge_after(50ms));
  world.play_beside(out, [&]() -> asio::awaitable<void> {
    co_await until([&] { return world.count("1 = 1") == 1; });
  });
  CHECK(out.statistics().purged == 5);
  CHECK(world.data("orders") == texts(5));
}

TEST_CASE("without an age sent rows are kept") {
  outbox_world world;
  world.stage_series("orders", 5);
  auto out = world.publisher();
  world.play_beside(out, [&]() -> asio::awaitable<void> {
    co_await until([&] { return world.unsent() == 0; });
    co_await pause(100ms);
  });
  CHECK(world.count("sent = TRUE") == 5);
}

TEST_CASE("options out of range, other databases and no pool are refused at once") {
  outbox_world world;
  const auto refused = [](const std::function<void()>& call) {
    return code_of(call) == errc::invalid_argument;
  };
  outbox::publisher_options how;
  CHECK(refused([&] { how.batch(0); }));
  CHECK(refused([&] { how.batch(10'001); }));
  CHECK(refused([&] { how.sessions(0); }));
  CHECK(refused([&] { how.poll_interval(0ms); }));
  CHECK(refused([&] { how.send_timeout(0ms); }));
  CHECK(refused([&] { how.backoff(0ms, 1s); }));
  CHECK(refused([&] { how.purge_after(-1ms); }));
  CHECK(refused([&] { (void)outbox::publisher(world.redis, "oracle://x"); }));
  CHECK(refused([&] { (void)outbox::publisher(world.redis, "orders.db"); }));
  CHECK(refused(
      [&] { (void)outbox::publisher(world.redis, std::shared_ptr<soci::connection_pool>()); }));
}

}  // namespace
