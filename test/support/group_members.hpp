// Members of a group that beat, each as if it were a process of its own.
#pragma once

#include "support/stream_world.hpp"

#include <memory>
#include <string>
#include <vector>

namespace scene {

/// Reads the stream "jobs" for the group "workers"; dead to the others after 0.4 s of silence.
inline sluice::group beating_member(const std::string& name) {
  return sluice::group("workers").consumer(name).stream("jobs").heartbeat(50ms).claim_timeout(
      400ms);
}

/// A process of its own, as far as the server can tell.
struct process {
  process(stream_world& world, const sluice::group& what, const std::string& url = {})
      : redis(world.connect(url.empty() ? world.server.url() : url)),
        self(std::make_unique<sluice::group_consumer>(redis, what)) {}
  /// SIGKILL: nothing is sent any more.
  void kill() {
    redis.stop();
    held.clear();
    self.reset();
  }

  sluice::client redis;
  std::unique_ptr<sluice::group_consumer> self;
  std::vector<sluice::delivery> held;
};

}  // namespace scene
