// XREADGROUP … CLAIM, which servers know since Redis 8.4: members of other makes that use it beside
// ours, and why ours do not (docs/architecture.md).
#include "support/stream_world.hpp"

#include <sluice/testing/fault_proxy.hpp>

namespace {

using namespace scene;
using sluice::group;
using sluice::group_consumer;
using sluice::testing::fault_proxy;

constexpr auto lease = 1s;

// Nobody beats: only idle times tell.
group member(const std::string& name) {
  return group("workers").consumer(name).stream("jobs").claim_timeout(lease);
}

/// Somebody who reads new entries and claims idle ones in one command. In a script its answer has
/// the same form on all protocols.
sluice::command reading_claim(std::chrono::milliseconds idle) {
  sluice::command read("EVAL");
  read.arg(
      "local read = redis.call('XREADGROUP', 'GROUP', 'workers', 'stranger', 'COUNT', 100,"
      " 'CLAIM', ARGV[1], 'STREAMS', KEYS[1], '>')"
      " local texts = {}"
      " for _, entry in ipairs(read and read[1][2] or {}) do texts[#texts + 1] = entry[2][2] end"
      " return table.concat(texts, ' ')");
  read.arg(1, "jobs", idle.count());
  return read;
}

/// The field `n` of all that it was given.
asio::awaitable<std::string> read_as_stranger(sluice::client& stranger,
                                              std::chrono::milliseconds idle = lease) {
  auto read = reading_claim(idle);
  const auto answer = co_await stranger.exec(std::move(read));
  co_return std::string(answer.value().text());
}

bool server_claims(stream_world& world) {
  world.server.command({"XGROUP", "CREATE", "probe", "workers", "0", "MKSTREAM"});
  try {
    world.server.command(
        {"XREADGROUP", "GROUP", "workers", "stranger", "CLAIM", "1000", "STREAMS", "probe", ">"});
    return true;
  } catch (const std::runtime_error& refused) {
    WARN("not tested, as the server knows no XREADGROUP … CLAIM: " << refused.what());
    return false;
  }
}

TEST_CASE("a read that claims takes nothing that a living member has in hand") {
  stream_world world;
  if (!server_claims(world)) return;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 3);
    group_consumer ours(world.redis, member("ours").prefetch(10));
    auto job = co_await ours.get_entry();
    auto stranger = world.connect(world.server.url());
    for (int i = 0; i < 15; ++i) {
      const auto taken = co_await read_as_stranger(stranger);
      CHECK(taken.empty());
      co_await pause(100ms);
    }
    CHECK_FALSE(job->lease_lost());
    co_await std::move(*job).ack();
  });
}

TEST_CASE("a read that claims takes what waits for its delay, and nobody here gets it as well") {
  stream_world world;
  if (!server_claims(world)) return;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    group_consumer ours(world.redis, member("ours"));
    auto job = co_await ours.get_entry();
    co_await std::move(*job).nack(300ms);
    co_await pause(60ms);
    auto stranger = world.connect(world.server.url());
    const auto taken = co_await read_as_stranger(stranger, 50ms);
    CHECK(taken == "0");
    const auto again = co_await ours.get_entry(450ms);
    CHECK_FALSE(again);
  });
}

TEST_CASE("a read that claims gets entries that wait for their delay before any new one") {
  stream_world world;
  if (!server_claims(world)) return;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 100);
    group_consumer ours(world.redis, member("ours").prefetch(100));
    auto jobs = co_await ours.get_batch(100);
    REQUIRE(jobs.size() == 100);
    for (auto& each : jobs) co_await std::move(each).nack(1h);
    world.add("jobs", 1, 100);
    ours.close();
    co_await pause(60ms);
    auto stranger = world.connect(world.server.url());
    const auto taken = co_await read_as_stranger(stranger, 50ms);
    CHECK(taken.find("99") != std::string::npos);
    CHECK(taken.find("100") == std::string::npos);
  });
}

TEST_CASE("a server that stood still for longer than a lease costs the living nothing") {
  stream_world world;
  const auto beat = GENERATE(0ms, 100ms);
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 5);
    group_consumer ours(world.redis, member("ours").heartbeat(beat));
    auto elsewhere = world.connect(world.server.url());
    group_consumer other(elsewhere, member("other").heartbeat(beat));
    auto jobs = co_await ours.get_batch(5);
    REQUIRE(jobs.size() == 5);
    // Whoever sweeps has to know the members for as long.
    const auto none = co_await other.get_entry(1'200ms);
    CHECK_FALSE(none);
    world.server.freeze();
    co_await pause(1'200ms);
    world.server.thaw();
    const auto stolen = co_await other.get_entry(700ms);
    CHECK_FALSE(stolen);
    for (auto& each : jobs) co_await std::move(each).ack();
  });
  CHECK(world.events.count<sluice::events::lease_lost>() == 0);
}

TEST_CASE("a read that claims robs the living once the server has stood still, and they notice") {
  stream_world world;
  if (!server_claims(world)) return;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 3);
    group_consumer ours(world.redis, member("ours"));
    auto jobs = co_await ours.get_batch(3);
    REQUIRE(jobs.size() == 3);
    auto stranger = world.connect(world.server.url());
    co_await stranger.exec("PING");
    world.server.freeze();
    std::string taken;
    world.beside([&]() -> asio::awaitable<void> { taken = co_await read_as_stranger(stranger); });
    co_await pause(lease + 100ms);
    world.server.thaw();
    co_await until([&] { return world.events.count<sluice::events::lease_lost>() == 3; });
    CHECK(taken == "0 1 2");
    jobs.clear();
    co_await ours.flush();
    CHECK(world.pending("jobs", "workers") == 3);
  });
}

TEST_CASE("a read that claims leaves no mark: what was settled before and comes late is taken") {
  stream_world world;
  if (!server_claims(world)) return;
  fault_proxy proxy(world.server);
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    auto slow = world.connect(proxy.url());
    group_consumer ours(slow, member("ours"));
    auto job = co_await ours.get_entry();
    proxy.requests().hold();
    std::move(*job).ack_later();
    co_await pause(lease + 100ms);
    auto stranger = world.connect(world.server.url());
    const auto taken = co_await read_as_stranger(stranger);
    CHECK(taken == "0");
    proxy.requests().release();
    co_await ours.flush();
    CHECK(world.pending("jobs", "workers") == 0);
  });
}

}  // namespace
