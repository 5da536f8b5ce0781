// Acknowledgements of members that may be robbed: by transactions that watch for it, and by scripts
// where those are of no use.

#include "support/catch.hpp"
#include "support/stream_world.hpp"

#include <sluice/redis/transaction.hpp>

namespace {

using namespace scene;
using sluice::delivery;
using sluice::errc;
using sluice::group_consumer;

sluice::group member() {
  return sluice::group("g").consumer("c").stream("app:s").claim_timeout(60s);
}

asio::awaitable<void> settle(group_consumer& in, int count) {
  for (int i = 0; i < count; ++i) {
    auto one = co_await in.get_entry(5s);
    REQUIRE(one);
    co_await std::move(*one).ack();
  }
}

// A link's first acknowledgements go by scripts, until the server has said what is permitted.
asio::awaitable<void> begin(stream_world& world, group_consumer& in, int count) {
  world.add("app:s", count + 2);
  co_await settle(in, 2);
}

// As sweepers do.
void rob(stream_world& world, std::string_view id) {
  world.server.command({"EVAL",
                        "redis.call('SET', KEYS[2], 1, 'PX', 60000) "
                        "return redis.call('XCLAIM', KEYS[1], 'g', 'thief', 0, ARGV[1], 'JUSTID')",
                        "2", "app:s", "app:s:sluice:g:robbed:c", id});
}

std::string rights_of_a_member() {
  return "worker on >secret resetkeys ~app:* ~sluice:probe:* resetchannels &g "
         "+hello +ping +client|setname +client|tracking +command|info +set "
         "+xlen +xadd +xread +xreadgroup +xack +xgroup|create +xinfo|stream +xrevrange "
         "+publish +subscribe +unsubscribe +time +zrange +eval +evalsha +xpending +xclaim +zadd "
         "+zrem +zrangebyscore +zcard +zcount +get +exists +xinfo|consumers +xgroup|delconsumer";
}

struct world_of_few_rights : stream_world {
  explicit world_of_few_rights(const std::string& more)
      : stream_world(server_options().acl_line(rights_of_a_member() + more)),
        worker(io.get_executor(), options(server.url()).credentials("worker", "secret")) {}
  sluice::client worker;
};

TEST_CASE("a member that may be robbed acknowledges by one transaction, however many entries") {
  stream_world world;
  group_consumer in(world.redis, member());
  world.play([&]() -> asio::awaitable<void> {
    co_await begin(world, in, 110);
    const auto before = world.calls("exec");
    co_await settle(in, 10);
    CHECK(world.calls("exec") - before == 10);
    std::vector<delivery> all;
    while (all.size() < 100) {
      auto some = co_await in.get_batch(100);
      for (auto& each : some) all.push_back(std::move(each));
    }
    for (auto& each : all) std::move(each).ack_later();
    co_await in.flush();
    CHECK(world.calls("exec") - before == 11);
    CHECK(world.pending("app:s", "g") == 0);
    CHECK(world.redis.counters().acknowledged == 112);
  });
}

TEST_CASE("whoever was robbed settles what it still has, and nothing else") {
  stream_world world;
  group_consumer in(world.redis, member());
  world.play([&]() -> asio::awaitable<void> {
    co_await begin(world, in, 4);
    auto all = co_await in.get_batch(4);
    REQUIRE(all.size() == 4);
    rob(world, all[1].id_text());
    std::move(all[0]).ack_later();
    const auto why = co_await failure_of(std::move(all[1]).ack());
    CHECK(why.code() == errc::lease_lost);
    CHECK(world.pending("app:s", "g") == 3);
    co_await std::move(all[2]).ack();
    rob(world, all[3].id_text());
    const auto again = co_await failure_of(std::move(all[3]).ack());
    CHECK(again.code() == errc::lease_lost);
    CHECK(world.pending("app:s", "g") == 2);
  });
}

TEST_CASE("whoever was robbed before its first acknowledgement settles nothing of that") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    group_consumer in(world.redis, member());
    world.add("app:s", 1);
    auto one = co_await in.get_entry(5s);
    REQUIRE(one);
    rob(world, one->id_text());
    const auto why = co_await failure_of(std::move(*one).ack());
    CHECK(why.code() == errc::lease_lost);
    CHECK(world.pending("app:s", "g") == 1);
  });
}

TEST_CASE("transactions of users and of other groups in between change nothing for a fence") {
  stream_world world;
  group_consumer in(world.redis, member());
  group_consumer beside(world.redis, sluice::group("h").stream("app:s").claim_timeout(60s));
  world.play([&]() -> asio::awaitable<void> {
    co_await begin(world, in, 30);
    co_await settle(beside, 2);
    int counted = 0;
    for (int i = 0; i < 30; ++i) {
      auto mine = co_await in.get_entry(5s);
      auto theirs = co_await beside.get_entry(5s);
      REQUIRE((mine && theirs));
      std::move(*mine).ack_later();
      world.beside([&]() -> asio::awaitable<void> {
        sluice::transaction unit;
        unit.add(sluice::command("INCR").arg("count"));
        const auto done = co_await world.redis.exec(unit);
        counted += done.size() == 1 ? 1 : 0;
      });
      std::move(*theirs).ack_later();
    }
    co_await in.flush();
    co_await beside.flush();
    co_await until([&] { return counted == 30; });
    CHECK(world.server.command({"GET", "count"}) == "30");
    CHECK(world.pending("app:s", "g") + world.pending("app:s", "h") == 0);
  });
}

TEST_CASE("a stream that is gone, or none any more, is told as without a fence") {
  stream_world world;
  group_consumer in(world.redis, member());
  world.play([&]() -> asio::awaitable<void> {
    co_await begin(world, in, 2);
    auto one = co_await in.get_entry(5s);
    auto two = co_await in.get_entry(5s);
    REQUIRE((one && two));
    world.server.command({"FLUSHALL"});
    const auto gone = co_await failure_of(std::move(*one).ack());
    CHECK(gone.code() == errc::already_settled);
    world.server.command({"SET", "app:s", "no stream"});
    const auto wrong = co_await failure_of(std::move(*two).ack());
    CHECK(wrong.code() == errc::wrong_type);
  });
}

TEST_CASE("a server without memory lets a member acknowledge") {
  stream_world world;
  group_consumer in(world.redis, member());
  world.play([&]() -> asio::awaitable<void> {
    co_await begin(world, in, 3);
    auto all = co_await in.get_batch(3);
    REQUIRE(all.size() == 3);
    world.server.command({"CONFIG", "SET", "maxmemory", "1"});
    for (auto& each : all) co_await std::move(each).ack();
    CHECK(world.pending("app:s", "g") == 0);
  });
}

TEST_CASE("without the right to transactions a member acknowledges by scripts") {
  world_of_few_rights world("");
  group_consumer in(world.worker, member());
  world.play([&]() -> asio::awaitable<void> {
    co_await begin(world, in, 20);
    co_await settle(in, 20);
    CHECK(world.pending("app:s", "g") == 0);
    CHECK(world.calls("multi") == 0);
  });
  CHECK(world.worker.counters().connects == 1);
}

TEST_CASE("of each right that the fence needs, the lack leads to scripts and does no harm") {
  const std::string without = GENERATE("+watch", "+pexpire", "+multi", "+exec", "");
  std::string rights;
  for (const std::string each : {"+watch", "+pexpire", "+multi", "+exec"}) {
    if (each != without) rights += ' ' + each;
  }
  CAPTURE(without);
  world_of_few_rights world(rights);
  group_consumer in(world.worker, member());
  world.play([&]() -> asio::awaitable<void> {
    co_await begin(world, in, 20);
    const auto before = world.calls("exec");
    co_await settle(in, 20);
    CHECK(world.calls("exec") - before == (without.empty() ? 20 : 0));
    CHECK(world.pending("app:s", "g") == 0);
  });
  CHECK(world.worker.counters().connects == 1);
}

TEST_CASE("rights that are taken away in between make no acknowledgement fail") {
  const std::string right = GENERATE("-watch", "-pexpire", "-multi", "-exec", "-@transaction");
  CAPTURE(right);
  world_of_few_rights world(" +watch +pexpire +multi +exec");
  group_consumer in(world.worker, member());
  world.play([&]() -> asio::awaitable<void> {
    co_await begin(world, in, 20);
    co_await settle(in, 5);
    world.server.command({"ACL", "SETUSER", "worker", right});
    co_await settle(in, 15);
    CHECK(world.pending("app:s", "g") == 0);
  });
  CHECK(world.worker.counters().connects == 1);
  CHECK(world.events.count<sluice::events::acknowledgement_failed>() == 0);
}

}  // namespace
