// Exactly once from stream to stream, whatever breaks.

#include "support/catch.hpp"
#include "support/stream_world.hpp"

#include <sluice/flow/from_group.hpp>
#include <sluice/flow/map.hpp>
#include <sluice/flow/partition.hpp>
#include <sluice/flow/to_stream_once.hpp>
#include <sluice/testing/fault_proxy.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace scene;
namespace flow = sluice::flow;
using sluice::testing::cut;
using sluice::testing::fault_proxy;

/// A server with a way to it that breaks.
struct broken_world : stream_world {
  broken_world() : proxy(server) {}

  sluice::group member(const std::string& name) const {
    return sluice::group("copy").consumer(name).stream("in").heartbeat(50ms).claim_timeout(500ms);
  }
  static sluice::fields copied(const sluice::entry& which) {
    return sluice::fields("n", std::string(which.field("n")));
  }
  /// What was added, in the order of its numbers.
  std::vector<int> added() {
    std::vector<int> found;
    play([&]() -> asio::awaitable<void> {
      sluice::consumer all(redis, sluice::streams("out", sluice::start::earliest()));
      found = co_await numbers(all, 1'000'000, sluice::waiting(100ms));
    });
    std::ranges::sort(found);
    return found;
  }

  fault_proxy proxy;
};

TEST_CASE("links that are cut again and again neither lose nor double anything") {
  broken_world world;
  constexpr int entries = 3'000;
  world.add("in", entries);
  const auto far = world.connect(world.proxy.url());
  const auto slow = [](const sluice::entry& which) -> asio::awaitable<sluice::fields> {
    auto made = broken_world::copied(which);
    co_await pause(1ms);
    co_return made;
  };
  auto copying = flow::from_group(far, world.member("one")) | flow::map(slow).concurrency(20) |
                 flow::to_stream_once(far, "out");
  world.beside([&]() -> asio::awaitable<void> {
    const auto there = [&] { return std::stoi(world.server.command({"XLEN", "out"})); };
    for (int round = 0, before = 0; before < entries; before = there(), ++round) {
      co_await until([&] { return there() >= std::min(entries, before + 20); });
      world.proxy.replies().lose(1, round % 2 == 0 ? cut::reset : cut::close);
      co_await pause(5ms);
      world.proxy.heal();
    }
    copying.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await copying.run(); }, 60s);
  CHECK(world.added() == series(entries));
  CHECK(far.counters().resent > 0);
}

TEST_CASE("two members that take each other for dead add everything once") {
  broken_world world;
  constexpr int entries = 600;
  world.add("in", entries);
  const auto far = world.connect(world.proxy.url());
  const auto slow = [](const sluice::entry& which) -> asio::awaitable<sluice::fields> {
    auto made = broken_world::copied(which);
    co_await pause(2ms);
    co_return made;
  };
  auto cut_off = flow::from_group(far, world.member("far")) | flow::map(slow).concurrency(8) |
                 flow::to_stream_once(far, "out");
  auto near = flow::from_group(world.redis, world.member("near")) | flow::map(slow).concurrency(2) |
              flow::partition(5, 20ms) | flow::to_stream_once(world.redis, "out");
  bool far_ended = false;
  world.beside([&]() -> asio::awaitable<void> {
    co_await cut_off.run();
    far_ended = true;
  });
  world.beside([&]() -> asio::awaitable<void> {
    co_await pause(100ms);
    world.proxy.requests().hold();
    world.proxy.replies().hold();
    co_await pause(1s);
    world.proxy.heal();
    co_await until(
        [&] {
          return world.server.command({"XLEN", "out"}) == std::to_string(entries);
        },
        30s);
    cut_off.stop();
    co_await until([&] { return far_ended; });
    near.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await near.run(); }, 60s);
  CHECK(world.added() == series(entries));
  CHECK(world.pending("in", "copy") == 0);
}

}  // namespace
