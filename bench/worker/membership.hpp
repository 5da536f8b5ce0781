// The membership that a bare loop and a worker have in common.
#pragma once

#include "harness/measurement.hpp"

#include <sluice/group/group_consumer.hpp>

#include <chrono>
#include <string>

namespace bench {

inline sluice::group beating_member() {
  using namespace std::chrono_literals;
  sluice::group all{std::string(group)};
  all.stream(std::string(stream)).prefetch(2 * batch_size);
  return all.heartbeat(1s).claim_timeout(10s);
}

}  // namespace bench
