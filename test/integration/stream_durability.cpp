// When an entry counts as stored: replicas and disks.

#include "support/catch.hpp"
#include "support/stream_world.hpp"

namespace {

using namespace scene;
using sluice::durability;
using sluice::errc;
using sluice::fields;
using sluice::producer;

TEST_CASE("without a replica the entry is stored, and the shortfall is said with its id") {
  stream_world world;
  producer out(world.redis, durability::replicas(1, 30ms));
  world.play([&]() -> asio::awaitable<void> {
    const auto why = co_await failure_of(out.add("s", fields("a", "b")));
    CHECK(why.code() == errc::too_few_replicas);
    CHECK(why.why().stream() == "s");
    CHECK_FALSE(why.why().id().empty());
    const auto stored = world.server.command({"XRANGE", "s", "-", "+"});
    CHECK(stored.find(why.why().id()) == 0);
  });
}

TEST_CASE("waiting for replicas does not hold up the shared connection") {
  stream_world world;
  producer patient(world.redis, durability::replicas(1, 400ms));
  world.play([&]() -> asio::awaitable<void> {
    bool waited = false;
    world.beside([&]() -> asio::awaitable<void> {
      co_await failure_of(patient.add("s", fields("a", "b")));
      waited = true;
    });
    co_await until([&] { return world.server.command({"EXISTS", "s"}) == "1"; });
    co_await world.redis.ping();
    CHECK_FALSE(waited);
    co_await until([&] { return waited; });
  });
}

TEST_CASE("with a replica the wait is kept, for one, for many, and for what is sent") {
  stream_world world;
  private_server copy;
  private_server master(server_options().tcp().config("repl-diskless-sync-delay", "0"));
  copy.command({"REPLICAOF", "127.0.0.1", std::to_string(master.port())});
  auto redis = world.connect(master.url());
  producer out(redis, durability::replicas(1, 5s));
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] {
      return copy.command({"INFO", "replication"}).find("master_link_status:up") !=
             std::string::npos;
    });
    co_await out.add("s", fields("a", "b"));
    CHECK(copy.command({"XLEN", "s"}) == "1");
    const std::vector<fields> two{fields("a", "1"), fields("a", "2")};
    const auto ids = co_await out.add_many("s", two);
    CHECK(ids.size() == 2);
    for (int i = 0; i < 5; ++i) co_await out.send("s", fields("a", "b"));
    co_await out.flush();
    CHECK(copy.command({"XLEN", "s"}) == "8");
  });
}

TEST_CASE("a server that does not know WAITAOF is named as such, with the entry's id") {
  stream_world world;
  producer out(world.redis, durability::disk(0, 100ms));
  world.play([&]() -> asio::awaitable<void> {
    co_await world.redis.connect();
    const bool known = world.redis.server().has(sluice::feature::waitaof);
    const auto why = co_await failure_of(out.add("s", fields("a", "b")));
    if (!known) {
      CHECK(why.code() == errc::unknown_command);
      CHECK_FALSE(why.why().id().empty());
      CHECK(why.why().server_text().find("WAITAOF") != std::string::npos);
      CHECK(world.server.command({"XLEN", "s"}) == "1");
    }
  });
}

TEST_CASE("a flush says that what was sent is not as durable as asked") {
  stream_world world;
  producer out(world.redis, durability::replicas(2, 10ms));
  world.play([&]() -> asio::awaitable<void> {
    for (int i = 0; i < 3; ++i) co_await out.send("s", fields("a", "b"));
    const auto why = co_await failure_of(out.flush());
    CHECK(why.code() == errc::too_few_replicas);
    CHECK(why.why().message().find("3 entries") != std::string::npos);
    CHECK(world.server.command({"XLEN", "s"}) == "3");
  });
}

}  // namespace
