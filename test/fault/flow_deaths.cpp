// Processes with pipelines that are killed at each of their steps.
#include "support/stream_world.hpp"

#include "testing/child_process.hpp"

#include <sluice/testing/fault_proxy.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace scene;
using sluice::testing::child_process;
using sluice::testing::fault_proxy;

/// Where a process is killed: what it sent is not heard any more, or was executed and its answer is
/// not heard.
enum class lost { command, answer };

struct deaths : stream_world {
  explicit deaths(std::string to) : sink(std::move(to)) {}

  /// A process of its own, until nothing came for so long.
  std::unique_ptr<child_process> start(const std::string& url, const std::string& member,
                                       const std::string& seconds,
                                       const std::vector<std::string>& from) {
    std::vector<std::string> words{SLUICE_FAULT_PIPELINE, url, member, seconds, sink, target()};
    words.insert(words.end(), from.begin(), from.end());
    return std::make_unique<child_process>(words, server.directory() / "pipeline.log");
  }
  std::string target() const { return sink == "file" ? server.directory() / "out" : "out"; }

  /// Adds so many numbers to a stream, and makes the group where there is none.
  void fill(const std::string& stream, int count) {
    add(stream, count, entries);
    entries += count;
    if (std::ranges::find(streams, stream) != streams.end()) return;
    server.command({"XGROUP", "CREATE", stream, "copy", "0", "MKSTREAM"});
    streams.push_back(stream);
  }
  /// The numbers of the entries that are in somebody's hand.
  std::vector<int> in_hand(const std::string& stream) {
    std::vector<int> found;
    std::istringstream ids(server.command(
        {"EVAL",
         "local all = '' for _, each in ipairs(redis.call('XPENDING', KEYS[1], 'copy', '-', '+', "
         "1000)) do all = all .. redis.call('XRANGE', KEYS[1], each[1], each[1])[1][2][2] .. ' ' "
         "end return all",
         "1", stream}));
    for (int n = 0; ids >> n;) found.push_back(n);
    return found;
  }
  bool all_done() {
    for (const auto& each : streams) {
      const auto behind = server.command(
          {"EVAL",
           "local group = redis.call('XINFO', 'GROUPS', KEYS[1])[1] return group[6] + group[12]",
           "1", each});
      if (behind != "0") return false;
    }
    return true;
  }
  void wait_until_done() {
    scene::play(
        io, [&]() -> asio::awaitable<void> { co_await until([&] { return all_done(); }, 15s); });
  }

  /// How often each number came to the end.
  std::map<int, int> arrived() {
    std::map<int, int> found;
    for (const int n : arrivals()) ++found[n];
    return found;
  }
  std::vector<int> arrivals() {
    std::vector<int> found;
    if (sink == "file") {
      std::ifstream file(target());
      for (int n = 0; file >> n;) found.push_back(n);
      return found;
    }
    const auto numbers =
        sink == "list" ? "return table.concat(redis.call('LRANGE', KEYS[1], 0, -1), ' ')"
                       : "local all = {} for _, each in ipairs(redis.call('XRANGE', KEYS[1], '-', "
                         "'+')) do all[#all + 1] = each[2][2] end return table.concat(all, ' ')";
    std::istringstream text(server.command({"EVAL", numbers, "1", "out"}));
    for (int n = 0; text >> n;) found.push_back(n);
    return found;
  }

  /// Lets a process have some entries and kills it at its n-th command. False when it has come to
  /// its end before. What was in its hand then may come twice, if the sink is no `once`.
  bool kill_at(std::uint64_t n, lost what) {
    const auto name = std::to_string(streams.size());
    fill("in:" + name, 3);
    fault_proxy proxy(server);
    const auto way = what == lost::command ? proxy.requests() : proxy.replies();
    way.lose(n);
    const auto victim = start(proxy.url(), "victim-" + name, "0.05", {streams.back()});
    scene::play(io, [&]() -> asio::awaitable<void> {
      co_await until([&] { return proxy.connections() > 0 && proxy.open_connections() == 0; });
    });
    victim->kill();
    for (const int each : in_hand(streams.back())) maybe_twice.insert(each);
    return way.counts().frames_received >= n;
  }
  void kill_at_every_step() {
    for (const auto what : {lost::command, lost::answer}) {
      for (std::uint64_t n = 1; kill_at(n, what); ++n) ++killed;
    }
  }

  std::string sink;
  int entries = 0;
  int killed = 0;
  std::vector<std::string> streams;
  std::set<int> maybe_twice;
};

TEST_CASE("processes that are killed at each of their commands add everything once") {
  deaths world(GENERATE("once", "batches"));
  world.kill_at_every_step();
  const auto heir = world.start(world.server.url(), "heir", "60", world.streams);
  world.wait_until_done();
  const auto arrived = world.arrived();
  CHECK(world.killed > 20);
  CHECK(arrived.size() == static_cast<std::size_t>(world.entries));
  for (const auto& [n, times] : arrived) {
    INFO("number " << n);
    CHECK(times == 1);
  }
}

TEST_CASE("processes that are killed at each of their commands lose nothing") {
  deaths world(GENERATE("stream", "list", "file"));
  world.kill_at_every_step();
  const auto heir = world.start(world.server.url(), "heir", "60", world.streams);
  world.wait_until_done();
  const auto arrived = world.arrived();
  CHECK(world.killed > 20);
  CHECK(arrived.size() == static_cast<std::size_t>(world.entries));
  // What comes twice was in hand.
  for (const auto& [n, times] : arrived) {
    INFO("number " << n);
    CHECK(times <= 1 + static_cast<int>(world.maybe_twice.count(n)));
  }
}

TEST_CASE("processes that are killed again and again at any moment add everything once") {
  deaths world("slow");
  std::minstd_rand dice(GENERATE(1U, 2U, 3U));
  world.fill("in", 0);
  std::vector<std::unique_ptr<child_process>> members(3);
  world.play([&]() -> asio::awaitable<void> {
    for (int round = 0; round < 30; ++round) {
      world.fill("in", 50);
      const auto which = dice() % members.size();
      members[which].reset();
      const auto name = "member-" + std::to_string(which);
      members[which] = world.start(world.server.url(), name, "60", {"in"});
      co_await pause(std::chrono::milliseconds(dice() % 50));
    }
    co_await until([&] { return world.all_done(); });
  });
  CHECK(world.arrived().size() == 1'500);
  CHECK(world.arrivals().size() == 1'500);
}

}  // namespace
