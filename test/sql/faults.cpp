// What goes wrong while publishing: links, servers, processes, single topics. Nothing is lost, and
// what may have been sent is sent again under the same id.

#include "outbox_world.hpp"
#include "testing/child_process.hpp"

#include <sluice/testing/fault_proxy.hpp>

#include <soci/connection-pool.h>

#include <cstdlib>
#include <set>
#include <thread>

namespace {

using namespace scene;
using sluice::errc;
using sluice::testing::fault_proxy;

std::set<std::string> different(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

/// A process of its own that publishes until it is killed: this program, with the case below.
class publishing_process {
 public:
  publishing_process(const std::string& redis_url, const outbox_world& world, int batch)
      : process_(start(redis_url, world, batch), "/dev/null") {}

 private:
  static std::vector<std::string> start(const std::string& redis_url, const outbox_world& world,
                                        int batch) {
    ::setenv("PUBLISH_TO", redis_url.c_str(), 1);
    ::setenv("PUBLISH_FROM", world.base.url().c_str(), 1);
    ::setenv("PUBLISH_TABLE", world.where.name().c_str(), 1);
    ::setenv("PUBLISH_BATCH", std::to_string(batch).c_str(), 1);
    return {"/proc/self/exe", "publish until killed"};
  }

  sluice::testing::child_process process_;
};

TEST_CASE("publish until killed", "[.]") {
  if (std::getenv("PUBLISH_TO") == nullptr) return;
  asio::io_context io;
  outbox::publisher_options how;
  how.from(outbox::table(outbox::table_layout::native, std::getenv("PUBLISH_TABLE")));
  how.batch(std::stoul(std::getenv("PUBLISH_BATCH")));
  outbox::publisher out(sluice::client(io.get_executor(), std::getenv("PUBLISH_TO")),
                        std::getenv("PUBLISH_FROM"), how);
  asio::co_spawn(io, out.run(), sluice::rethrow);
  io.run();
}

TEST_CASE("who is killed between sending and marking leaves the messages to be sent again") {
  outbox_world world(GENERATE(from_range(databases())));
  fault_proxy proxy(world.server);
  {
    const publishing_process other(proxy.url(), world, 100);
    world.stage("orders", 0);
    world.play([&]() -> asio::awaitable<void> {
      co_await until([&] { return world.unsent() == 0; });
      proxy.replies().hold();  // Redis gets what is sent, and the process never hears of it
      world.stage_series("orders", 3, 1);
      co_await until([&] { return world.data("orders").size() == 4; });
    });
  }
  REQUIRE(world.unsent() == 3);

  auto out = world.publisher();
  world.play_beside(
      out, [&]() -> asio::awaitable<void> { co_await until([&] { return world.unsent() == 0; }); });
  auto twice = texts(4);
  for (const auto& each : texts(3, 1)) twice.push_back(each);
  CHECK(world.data("orders") == twice);
  CHECK(different(world.ids("orders")).size() == 4);
}

TEST_CASE("a publisher that is killed again and again loses nothing") {
  outbox_world world(GENERATE(from_range(databases())));
  world.stage_series("orders", 300);
  while (world.unsent() > 0) {
    const publishing_process other(world.server.url(), world, 3);
    const auto before = world.unsent();
    for (int i = 0; i < 500 && world.unsent() == before; ++i) std::this_thread::sleep_for(1ms);
  }
  const auto sent = world.data("orders");
  CHECK(different(sent).size() == 300);
  // Who sees each id for the first time sees the order of the table.
  std::set<std::string> seen;
  std::vector<std::string> first;
  for (const auto& each : sent) {
    if (seen.insert(each).second) first.push_back(each);
  }
  CHECK(first == texts(300));
}

TEST_CASE("a lost link delays messages and loses none") {
  outbox_world world(GENERATE(from_range(databases())));
  fault_proxy proxy(world.server);
  world.redis = world.connect(proxy.url());
  world.stage_series("orders", 200);
  auto out = world.publisher(world.quick().batch(5));
  world.play_beside(out, [&]() -> asio::awaitable<void> {
    for (int i = 0; i < 5; ++i) {
      const auto sent = out.statistics().sent;
      co_await until([&] { return out.statistics().sent > sent; });
      proxy.reset();
    }
    proxy.lose_reply();
    co_await until([&] { return world.unsent() == 0; });
  });
  CHECK(different(world.data("orders")).size() == 200);
  CHECK(different(world.ids("orders")).size() == 200);
}

TEST_CASE("while Redis is away nothing is locked, and all is sent when it is back") {
  outbox_world world("sqlite3", server_options().append_only());
  auto out = world.publisher();
  world.server.kill();
  world.play_beside(out, [&]() -> asio::awaitable<void> {
    world.stage_series("orders", 10);
    co_await until([&] { return out.statistics().failures > 2; });
    world.stage_series("orders", 10, 10);  // the database is free
    world.server.start();
    co_await until([&] { return world.unsent() == 0; });
  });
  CHECK(world.data("orders") == texts(20));
  CHECK_FALSE(world.failures->empty());
}

TEST_CASE("a server that hangs keeps the rows for the send timeout, no longer") {
  outbox_world world;
  auto out = world.publisher(world.quick().send_timeout(100ms));
  world.play_beside(out, [&]() -> asio::awaitable<void> {
    co_await until([&] { return out.statistics().looks > 0; });
    world.server.freeze();
    world.stage("orders", 0);
    co_await until([&] { return out.statistics().failures > 0; });
    world.stage("orders", 1);
    world.server.thaw();
    co_await until([&] { return world.unsent() == 0; });
  });
  CHECK(different(world.data("orders")).size() == 2);
}

TEST_CASE("a topic whose key is something else rests, and the others go on") {
  outbox_world world;
  world.server.command({"SET", "telstar:stream:bad", "x"});
  for (int i = 0; i < 3; ++i) {
    world.stage("bad", i);
    world.stage("good", i);
  }
  auto out = world.publisher();
  world.play_beside(out, [&]() -> asio::awaitable<void> {
    co_await until([&] { return world.data("good").size() == 3 && out.statistics().refused >= 3; });
    world.server.command({"DEL", "telstar:stream:bad"});
    co_await until([&] { return world.unsent() == 0; });
  });
  CHECK(world.data("good") == texts(3));
  CHECK(world.data("bad") == texts(3));
  CHECK(world.failures->front().starts_with("bad|"));
}

TEST_CASE("a topic that the user may not write rests, and the others go on") {
  outbox_world world("sqlite3",
                     server_options().acl_line("shop on >pw ~telstar:stream:good &* +@all"));
  auto how = world.options(world.server.url());
  how.credentials("shop", "pw").probe_doorbell(false);
  world.redis = sluice::client(world.io.get_executor(), how);
  for (int i = 0; i < 3; ++i) {
    world.stage("good", i);
    world.stage("bad", i);
  }
  auto out = world.publisher();
  world.play_beside(out, [&]() -> asio::awaitable<void> {
    co_await until([&] { return world.data("good").size() == 3; });
    co_await until([&] { return out.statistics().refused >= 3; });
  });
  CHECK(world.data("good") == texts(3));
  CHECK(world.unsent() == 3);
}

TEST_CASE("a locked database delays messages and loses none") {
  outbox_world world;
  world.stage("orders", 0);
  auto out = world.publisher();
  soci::session other(world.base.url());
  world.play_beside(out, [&]() -> asio::awaitable<void> {
    other << "BEGIN IMMEDIATE";
    co_await pause(100ms);
    CHECK(world.data("orders").empty());
    other.rollback();
    co_await until([&] { return world.data("orders").size() == 1; });
  });
}

TEST_CASE("sessions that the database ends are opened again") {
  if (std::getenv("SLUICE_TEST_POSTGRESQL") == nullptr) return;
  outbox_world world("postgresql");
  const auto name = world.where.name();
  const auto url = world.base.url() + " application_name=" + name;
  auto pool = std::make_shared<soci::connection_pool>(1);
  pool->at(0).open(url);
  outbox::publisher own(world.redis, url, world.quick());
  outbox::publisher pooled(world.redis, pool, world.quick());
  auto& out = GENERATE(false, true) ? pooled : own;
  world.play_beside(out, [&]() -> asio::awaitable<void> {
    co_await until([&] { return out.statistics().looks > 0; });
    int ended = 0;
    world.sql << "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
                 "application_name = '" +
                     name + "'",
        soci::into(ended);
    CHECK(ended > 0);
    world.stage("orders", 0);
    co_await until([&] { return world.unsent() == 0; });
  });
  CHECK(world.data("orders") == texts(1));
}

TEST_CASE("a database that cannot be opened is told without its password, and tried again") {
  outbox_world world;
  outbox::publisher out(world.redis, "postgresql://host=/nowhere user=app password=hunter2",
                        world.quick());
  world.play_beside(out, [&]() -> asio::awaitable<void> {
    co_await until([&] { return out.statistics().failures > 2; });
  });
  for (const auto& each : *world.failures) {
    CHECK(each.find("no session with the database") != std::string::npos);
    CHECK(each.find("hunter2") == std::string::npos);
  }
}

}  // namespace
