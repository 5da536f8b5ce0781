// Very many elements through pipelines, and what they leave behind.
#include "support/memory_in_use.hpp"
#include "support/stream_world.hpp"

#include <sluice/flow/from_group.hpp>
#include <sluice/flow/from_stream.hpp>
#include <sluice/flow/map.hpp>
#include <sluice/flow/partition.hpp>
#include <sluice/flow/to_redis.hpp>
#include <sluice/flow/to_stream_once.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>

namespace {

using namespace scene;
namespace flow = sluice::flow;

// SLUICE_SOAK_ELEMENTS=5000000 plays the long form.
std::int64_t elements_to_move() {
  const char* const told = std::getenv("SLUICE_SOAK_ELEMENTS");
  return told == nullptr ? 50'000 : std::strtoll(told, nullptr, 10);
}

sluice::fields copied(const sluice::entry& which) {
  return sluice::fields("n", std::string(which.field("n")));
}
auto short_stream() { return sluice::add_options().cut(sluice::trim::max_length(1'000)); }

/// Feeds a pipeline from the stream "in", which is emptied whenever all of it is done.
struct conveyor : stream_world {
  asio::awaitable<void> feed(std::int64_t count, const std::function<bool()>& done) {
    constexpr std::int64_t load = 10'000;
    for (std::int64_t fed = 0; fed < count; fed += load) {
      given += std::min(load, count - fed);
      add("in", static_cast<int>(std::min(load, count - fed)));
      co_await until(done, 60s);
      server.command({"XTRIM", "in", "MAXLEN", "0"});
    }
  }
  /// A fifth of all is let through first, so that everything has found its size.
  asio::awaitable<void> compare(const std::function<bool()>& done) {
    const auto all = elements_to_move();
    co_await feed(all / 5, done);
    const auto before = resident();
    const auto server_before = used_by(server);
    co_await feed(all, done);
    std::printf("%ld kB after %ld elements, %ld kB after %ld; on the server %ld kB, %ld kB\n",
                before, static_cast<long>(all / 5), resident(), static_cast<long>(given),
                server_before, used_by(server));
    CHECK(resident() - before < 2'048);
    CHECK(used_by(server) - server_before < 1'024);
  }
  void play_with(flow::pipeline made, const std::function<bool()>& done) {
    beside([&]() -> asio::awaitable<void> {
      co_await compare(done);
      made.stop();
    });
    play([&]() -> asio::awaitable<void> { co_await made.run(); }, 60min);
  }

  std::int64_t given = 0;
};

TEST_CASE("elements from a group to a stream leave nothing in memory, here or on the server") {
  conveyor world;
  std::int64_t arrived = 0;
  const auto copy = [&](const sluice::entry& which) {
    ++arrived;
    return copied(which);
  };
  const auto from = sluice::group("copy").consumer("one").stream("in");
  world.play_with(flow::from_group(world.redis, from) | flow::map(copy) |
                      flow::to_stream_once(world.redis, "out", short_stream()),
                  [&] { return arrived == world.given && world.pending("in", "copy") == 0; });
}

TEST_CASE("elements from a stream through coroutines and batches leave nothing in memory") {
  conveyor world;
  std::int64_t arrived = 0;
  const auto copy = [&](const sluice::entry& which) -> asio::awaitable<sluice::fields> {
    ++arrived;
    auto made = copied(which);
    co_return made;
  };
  const auto from = sluice::streams("in", sluice::start::earliest());
  world.play_with(flow::from_stream(world.redis, from) | flow::map(copy).concurrency(4) |
                      flow::partition(100, 5ms) |
                      flow::to_stream(world.redis, "out", short_stream()),
                  [&] { return arrived == world.given; });
}

}  // namespace
