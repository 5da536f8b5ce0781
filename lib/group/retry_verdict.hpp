// What another attempt comes to: the retry policy as a verdict.
#pragma once

#include "sluice/core/thrown.hpp"
#include "sluice/group/error_handlers.hpp"
#include "sluice/group/retry_policy.hpp"

#include <cstdint>
#include <exception>

namespace sluice {

/// What `verdict::retry` means after attempt number `attempt` ended with `failure`: `nack` with the
/// pause that the policy wants, or `reject`.
inline verdict retry_verdict(const retry_policy& policy, std::int64_t attempt,
                             const std::exception_ptr& failure, std::uint64_t chance) {
  const auto pause = policy.next(attempt, failure, chance);
  return pause ? verdict::nack(*pause) : verdict::reject(thrown_text(failure));
}

}  // namespace sluice
