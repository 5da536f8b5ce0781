// A worker's group, and its run from beginning to end.
#pragma once

#include "support/stream_world.hpp"

#include <sluice/group/worker.hpp>

#include <cstdint>

namespace scene {

/// The stream "jobs", read for the group "workers".
inline sluice::group jobs() {
  return sluice::group("workers").consumer("self").stream("jobs").heartbeat(100ms).claim_timeout(
      1s);
}

inline sluice::retry_policy quickly() { return sluice::retry_policy::fixed(5ms).jitter(0); }

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

}  // namespace scene
