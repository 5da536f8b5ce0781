// A worker's group, and its run from beginning to end.
#pragma once

#include "support/stream_world.hpp"

#include <sluice/group/worker.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace scene {

/// The stream "jobs", read for the group "workers".
inline sluice::group jobs() {
  return sluice::group("workers").consumer("self").stream("jobs").heartbeat(100ms).claim_timeout(
      1s);
}

inline sluice::retry_policy quickly() { return sluice::retry_policy::fixed(5ms).jitter(0); }

/// A handler that counts its calls.
inline sluice::entry_handler counting(int& calls) {
  return [&calls](sluice::delivery&) -> asio::awaitable<void> {
    ++calls;
    co_return;
  };
}

/// A handler whose entry is taken away at once, and which then waits to be cancelled.
inline sluice::entry_handler robbed(stream_world& world, bool& cancelled) {
  return [&world, &cancelled](sluice::delivery& job) -> asio::awaitable<void> {
    world.server.command({"XCLAIM", "jobs", "workers", "thief", "0", std::string(job.id_text())});
    try {
      co_await pause(20s);
    } catch (const boost::system::system_error&) {
      cancelled = true;
      throw;
    }
  };
}

/// Runs a worker until it is done with so many entries, and the server has nothing pending.
inline asio::awaitable<void> until_done(stream_world& world, sluice::worker& crew,
                                        std::uint64_t entries) {
  world.beside([&crew]() { return crew.run(); });
  co_await until([&] {
    const auto now = crew.statistics();
    return now.handled + now.rejected + now.dismissed >= entries;
  });
  crew.stop();
  co_await until([&] { return world.pending("jobs", "workers") == 0; });
}

/// As another member takes and settles so many entries that do not count as tried.
inline asio::awaitable<void> take_untried(stream_world& world, int entries) {
  sluice::group_consumer other(world.redis, jobs().consumer("other"));
  for (int i = 0; i < entries; ++i) {
    auto again = co_await other.get_entry(5s);
    REQUIRE(again);
    CHECK(again->delivery_count() == 1);
    co_await std::move(*again).ack();
  }
}

}  // namespace scene
