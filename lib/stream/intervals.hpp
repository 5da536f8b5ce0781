// The bounds of the intervals that both kinds of consumer take.
#pragma once

#include "sluice/core/error.hpp"

#include <chrono>

namespace sluice {

/// Throws `error` with `errc::invalid_argument` outside of 1 s to 60 s: below, the net costs more
/// than the doorbell saves; above, a missed ring goes unnoticed for too long.
inline std::chrono::milliseconds checked_recheck_interval(std::chrono::milliseconds every) {
  using namespace std::chrono_literals;
  if (every < 1s || every > 60s) {
    throw error(errc::invalid_argument, "recheck_interval must be from 1 s to 60 s, not " +
                                            std::to_string(every.count()) + " ms");
  }
  return every;
}

/// Throws the same for 0 and less: a reader that never rests.
inline std::chrono::milliseconds checked_poll_interval(std::chrono::milliseconds every) {
  if (every.count() <= 0) {
    throw error(errc::invalid_argument, "poll_interval must be greater than 0");
  }
  return every;
}

}  // namespace sluice
