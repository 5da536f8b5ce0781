// Pipelines whose server is restarted, slow, cut off, or gone.
#include "support/small_disk.hpp"
#include "support/stream_world.hpp"

#include <sluice/flow/from_group.hpp>
#include <sluice/flow/from_stream.hpp>
#include <sluice/flow/map.hpp>
#include <sluice/flow/partition.hpp>
#include <sluice/flow/to_file.hpp>
#include <sluice/flow/to_redis.hpp>
#include <sluice/flow/to_stream_once.hpp>
#include <sluice/testing/fault_proxy.hpp>

#include <algorithm>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace scene;
namespace flow = sluice::flow;
using sluice::testing::fault_proxy;

/// Numbers on their way from the stream "in" to the stream "out".
struct copying_world : stream_world {
  explicit copying_world(const server_options& how = server_options()) : stream_world(how) {}

  sluice::group member() const {
    return sluice::group("copy").consumer("one").stream("in").heartbeat(50ms);
  }
  static asio::awaitable<sluice::fields> copied(const sluice::entry& which) {
    auto made = sluice::fields("n", std::string(which.field("n")));
    co_await pause(1ms);
    co_return made;
  }
  /// The same at every stage: a coroutine, a batch, a sink.
  flow::pipeline copy(const sluice::client& by) {
    return flow::from_group(by, member(), soon()) | flow::map(copied).concurrency(16) |
           flow::partition(3, 2ms) | flow::to_stream(by, "out");
  }
  flow::pipeline copy_once(const sluice::client& by) {
    return flow::from_group(by, member(), soon()) | flow::map(copied).concurrency(16) |
           flow::partition(3, 2ms) | flow::to_stream_once(by, "out");
  }
  static sluice::retry_policy soon() { return sluice::retry_policy::fixed(1ms); }

  bool done(int entries) {
    return std::stoi(server.command({"XLEN", "out"})) >= entries && pending("in", "copy") == 0;
  }
  /// What was added, in the order of its numbers.
  std::vector<int> added() {
    std::vector<int> found;
    std::istringstream text(server.command(
        {"EVAL",
         "local all = {} for _, each in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do "
         "all[#all + 1] = each[2][2] end return table.concat(all, ' ')",
         "1", "out"}));
    for (int n = 0; text >> n;) found.push_back(n);
    std::ranges::sort(found);
    return found;
  }
};

TEST_CASE("a server that is killed and comes back with its data loses and doubles nothing") {
  copying_world world(server_options().append_only());
  constexpr int entries = 1'000;
  world.add("in", entries);
  auto copying = world.copy_once(world.redis);
  world.beside([&]() -> asio::awaitable<void> {
    for (int before = 1; before < 4; ++before) {
      co_await until([&] {
        return std::stoi(world.server.command({"XLEN", "out"})) >= before * 200;
      });
      world.server.kill();
      co_await pause(20ms);
      world.server.start();
    }
    co_await until([&] { return world.done(entries); });
    copying.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await copying.run(); }, 60s);
  CHECK(world.added() == series(entries));
}

TEST_CASE("links that are cut at any answer lose nothing on the way to a stream") {
  copying_world world;
  fault_proxy proxy(world.server);
  constexpr int cuts = 25;
  const auto far = world.connect(proxy.url());
  auto copying = world.copy(far);
  world.beside([&]() -> asio::awaitable<void> {
    for (int n = 0; n < cuts; ++n) {
      world.add("in", 10, 10 * n);
      proxy.replies().lose(static_cast<std::uint64_t>(n) + 1);
      const auto links = proxy.connections();
      co_await until([&] { return proxy.connections() > links; });
      proxy.heal();
      co_await until([&] { return world.done(10 * n + 10); });
    }
    copying.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await copying.run(); }, 60s);
  const auto added = world.added();
  CHECK(std::set<int>(added.begin(), added.end()).size() == 10 * cuts);
}

TEST_CASE("a sink that takes nothing stops the reading, here and on the server") {
  copying_world world;
  constexpr int entries = 20'000;
  world.add("in", entries);
  bool open = false;
  int written = 0;
  const auto write = [&](const sluice::entry&) -> asio::awaitable<void> {
    while (!open) co_await pause(5ms);
    ++written;
  };
  auto slow = flow::from_group(world.redis, world.member()) | flow::sink(write);
  world.beside([&]() -> asio::awaitable<void> {
    const auto taken = [&] { return slow.statistics().empty() ? 0 : slow.statistics()[0].taken; };
    co_await until([&] { return taken() > 0; });
    const auto read = [&] { return world.redis.counters().entries_read; };
    co_await until([&] { return read() > 0; });
    // Time to read all, if anything did.
    for (auto before = read() - 1; before != read(); co_await pause(100ms)) before = read();
    CHECK(taken() <= 2);
    CHECK(read() <= 200);
    CHECK(world.pending("in", "copy") <= 200);
    open = true;
    co_await until([&] { return written == entries && world.pending("in", "copy") == 0; });
    slow.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await slow.run(); }, 60s);
  CHECK(written == entries);
}

TEST_CASE("what a full disk refused is written when there is room again") {
  copying_world world;
  world.add("in", 100);
  const auto path = world.server.directory() / "lines";
  const auto number = [](const sluice::entry& which) { return std::string(which.field("n")); };
  std::optional<small_disk> full(50);
  auto writing = flow::from_group(world.redis, world.member(), world.soon()) | flow::map(number) |
                 flow::partition(7, 2ms) | flow::to_file(path, flow::file_sync::system);
  int refused = 0;
  writing.on_failed([&](std::string_view, const std::exception_ptr&) { ++refused; });
  world.beside([&]() -> asio::awaitable<void> {
    co_await until([&] { return refused > 20; });
    full.reset();
    co_await until([&] { return world.pending("in", "copy") == 0; });
    writing.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await writing.run(); });
  std::ifstream file(path);
  std::vector<int> written;
  for (int n = 0; file >> n;) written.push_back(n);
  std::ranges::sort(written);
  CHECK(written == series(100));
}

TEST_CASE("an entry that went to another member while it was worked on is left to that one") {
  copying_world world;
  fault_proxy proxy(world.server);
  world.add("in", 1);
  world.server.command({"XGROUP", "CREATE", "in", "copy", "0"});
  const auto member = [&](const std::string& name) {
    return world.member().consumer(name).claim_timeout(300ms);
  };
  const bool fails = GENERATE(false, true);
  bool lost = false;
  bool ended = false;
  const auto slow = [&](const sluice::entry&) -> asio::awaitable<void> {
    while (!lost) co_await pause(1ms);
    if (fails) throw std::runtime_error("too late as well");
  };
  const auto far = world.connect(proxy.url());
  auto robbed = flow::from_group(far, member("robbed")) | flow::sink(slow);
  auto heir = flow::from_group(world.redis, member("heir")) | flow::sink([](const auto&) {});
  world.beside([&]() -> asio::awaitable<void> {
    co_await robbed.run();
    ended = true;
  });
  world.beside([&]() -> asio::awaitable<void> {
    co_await until([&] { return world.pending("in", "copy") == 1; });
    proxy.requests().hold();
    proxy.replies().hold();
    co_await until([&] { return world.pending("in", "copy") == 0; });
    proxy.heal();
    co_await until([&] { return world.events.count<sluice::events::lease_lost>() > 0; });
    lost = true;
    robbed.stop();
    co_await until([&] { return ended; });
    heir.stop();
  });
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return !robbed.statistics().empty() && robbed.statistics()[1].taken; });
    co_await heir.run();
  });
  CHECK(world.events.count<sluice::events::acknowledgement_failed>() == 0);
}

TEST_CASE("what waits for the server is stopped") {
  stream_world world;
  const auto idle = [&](flow::pipeline made) {
    world.beside([&]() -> asio::awaitable<void> {
      co_await pause(20ms);
      made.stop();
    });
    world.play([&]() -> asio::awaitable<void> { co_await made.run(); }, 5s);
  };
  const auto nothing = flow::sink([](const auto&) {});
  idle(flow::from_group(world.redis, sluice::group("g").stream("in")) | nothing);
  idle(flow::from_stream(world.redis, sluice::streams("in")) | nothing);
  idle(flow::from_channels(world.redis, sluice::channels("news")) | nothing);
}

TEST_CASE("a pipeline whose server answers nothing any more is stopped, and gives up what it has") {
  copying_world world;
  fault_proxy proxy(world.server);
  world.add("in", 100);
  const bool once = GENERATE(false, true);
  const auto far = world.connect(proxy.url());
  auto copying = once ? world.copy_once(far) : world.copy(far);
  copying.drain_within(50ms);
  world.beside([&]() -> asio::awaitable<void> {
    co_await until([&] { return world.server.command({"EXISTS", "out"}) == "1"; });
    proxy.requests().hold();
    co_await pause(20ms);
    copying.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await copying.run(); }, 10s);
  proxy.heal();
  auto heir = world.copy_once(world.redis);
  world.beside([&]() -> asio::awaitable<void> {
    co_await until([&] { return world.done(100); }, 15s);
    heir.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await heir.run(); }, 20s);
  const auto added = world.added();
  CHECK(std::set<int>(added.begin(), added.end()).size() == 100);
  if (once) CHECK(added == series(100));
}

}  // namespace
