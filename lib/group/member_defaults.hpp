// What members do that work for somebody, where nothing else was said.
#pragma once

#include "sluice/group/group_consumer.hpp"
#include "sluice/group/retry_policy.hpp"

#include <chrono>

namespace sluice {

/// They beat, so that they need not be taken for dead by idle times, and what brings its members
/// down is given up after as many attempts as what fails.
inline group with_member_defaults(group what, const retry_policy& retry) {
  if (!what.keeps_leases() && !what.auto_acknowledge()) what.heartbeat(std::chrono::seconds(5));
  if (what.max_deliveries() == 0) what.max_deliveries(retry.attempts());
  return what;
}

}  // namespace sluice
