// The rights that docs/guarantees.md calls enough for members that beat are enough.

#include "support/catch.hpp"
#include "support/group_members.hpp"

#include <sluice/group/dead_letters.hpp>
#include <sluice/group/middleware.hpp>
#include <sluice/group/worker.hpp>

#include <map>
#include <stdexcept>

namespace {

using namespace scene;
using sluice::dead_letters;
using sluice::delivery;
using sluice::group_consumer;

// Word for word what the guarantees print, in their order.
std::string rights_of_members() {
  return "worker on >secret resetkeys ~app:* ~sluice:probe:* resetchannels &workers "
         "+hello +ping +client|setname +client|tracking +command|info +set "
         "+xlen +xadd +xread +xreadgroup +xack +xgroup|create +xinfo|stream +xrevrange "
         "+publish +subscribe +unsubscribe +time +zrange +eval +evalsha +xpending +xclaim +zadd "
         "+zrem +zrangebyscore +zcard +zcount +get +set +exists +pttl +xrange +xinfo|consumers "
         "+xgroup|delconsumer +xadd "
         "+watch +pexpire +multi +exec";
}

// The first entry of the stream is handed to a member that is never heard of again.
void lose_one(stream_world& world) {
  world.add("app:jobs", 1);
  world.server.command({"XGROUP", "CREATE", "app:jobs", "workers", "0"});
  world.server.command({"XREADGROUP", "GROUP", "workers", "ghost", "STREAMS", "app:jobs", ">"});
}

std::string rights_of_operators() { return rights_of_members() + " +xdel"; }

// From 7.2 on each link announces the library, which these rights do not cover.
std::string refused(stream_world& world) {
  const auto log = world.server.command({"ACL", "LOG"});
  return log.find("setinfo") == std::string::npos ? log : "";
}

sluice::group app_member(const std::string& name) {
  sluice::group what("workers");
  what.consumer(name).stream("app:jobs").heartbeat(50ms).claim_timeout(400ms);
  what.remove_members_after(100ms);
  return what;
}

std::string as_worker(const stream_world& world) {
  return world.server.url() + "?user=worker&password=secret";
}

TEST_CASE("these rights are enough to take over, to renew, to try again and to give up") {
  stream_world world(server_options().acl_line(rights_of_members()));
  process first(world, app_member("first"), as_worker(world));
  const auto redis = world.connect(as_worker(world));
  const auto beside = world.connect(as_worker(world));
  std::map<int, int> tries;
  const auto handle = [&](delivery& job) -> asio::awaitable<void> {
    const auto number = number_of(job);
    ++tries[number];
    if (number == 1) throw std::runtime_error("poison");
    if (number == 2 && tries[number] == 1) throw sluice::retry_after(20ms);
    if (number == 3) co_await pause(1s);  // longer than a lease
  };
  world.play([&]() -> asio::awaitable<void> {
    world.add("app:jobs", 5);
    for (int i = 0; i < 5; ++i) {
      auto job = co_await first.self->get_entry();
      first.held.push_back(std::move(*job));
    }
    auto how = sluice::concurrency(2).retry(sluice::retry_policy::fixed(5ms).attempts(3));
    how.wrap(sluice::deduplicate(
        [](const sluice::entry& job) { return std::string(job.field("n")); }, 1min));
    sluice::worker crew(redis, app_member("second").max_deliveries(9), handle, how);
    sluice::worker more(beside, app_member("third").max_deliveries(9), handle, how);
    world.beside([&crew]() { return crew.run(); });
    world.beside([&more]() { return more.run(); });
    co_await pause(200ms);
    first.kill();
    co_await until([&] {
      return crew.statistics().handled + more.statistics().handled == 4 &&
             crew.statistics().rejected + more.statistics().rejected == 1;
    });
    co_await until([&] {
      return world.server.command({"XINFO", "CONSUMERS", "app:jobs", "workers"}).find("first") ==
             std::string::npos;
    });
    crew.stop();
    more.stop();
    co_await until([&] { return world.pending("app:jobs", "workers") == 0; });
  });
  CHECK(tries == std::map<int, int>{{0, 1}, {1, 2}, {2, 2}, {3, 1}, {4, 1}});
  CHECK(world.events.count<sluice::events::upkeep_failed>() == 0);
  CHECK(world.events.count<sluice::events::member_removed>() == 1);
  CHECK(refused(world).empty());
}

TEST_CASE("that dead letters are refused is told once, however often it is tried") {
  stream_world world(server_options().acl_line(rights_of_members() + " -xrange"));
  const auto redis = world.connect(as_worker(world));
  lose_one(world);
  group_consumer self(redis, app_member("self").max_deliveries(1));
  world.play([&]() -> asio::awaitable<void> {
    const auto told = [&world] { return world.events.count<sluice::events::upkeep_failed>(); };
    world.beside([&self]() -> asio::awaitable<void> {
      const auto none = co_await self.get_entry();
      CHECK_FALSE(none);
    });
    co_await until([&told] { return told() > 0; });
    co_await pause(500ms);
    CHECK(told() == 1);
    world.server.command({"ACL", "SETUSER", "worker", "+xrange"});
    co_await until([&world] { return world.events.count<sluice::events::dead_lettered>() == 1; });
    CHECK(told() == 1);
    self.close();
  });
}

TEST_CASE("one right more is enough to bring dead letters back and to drop them") {
  stream_world world(server_options().acl_line(rights_of_operators()));
  const auto redis = world.connect(as_worker(world));
  group_consumer in(redis, app_member("self"));
  world.play([&]() -> asio::awaitable<void> {
    world.add("app:jobs", 3);
    for (int i = 0; i < 3; ++i) {
      auto job = co_await in.get_entry();
      co_await std::move(*job).reject("poison");
    }
    const dead_letters dead(redis, dead_letters::stream_of("app:jobs"));
    const auto letters = co_await dead.list();
    REQUIRE(letters.size() == 3);
    const auto again = co_await dead.redrive(letters[0].id());
    CHECK(again == letters[0].entry());
    co_await dead.redrive(letters[1].id(), sluice::redrive_as::new_entry);
    const bool dropped = co_await dead.drop(letters[2].id());
    CHECK(dropped);
    const auto left = co_await dead.size();
    CHECK(left == 0);
    for (int i = 0; i < 2; ++i) {
      auto job = co_await in.get_entry();
      co_await std::move(*job).ack();
    }
    in.close();
  });
  CHECK(refused(world).empty());
}

}  // namespace
