// The pauses between attempts: exponential with full jitter.
#pragma once

#include "sluice/core/clock.hpp"

#include <cstdint>

namespace sluice {

/// Pure: randomness is handed in. "Full jitter" spreads a fleet that lost its server at one moment
/// best (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
class backoff {
 public:
  backoff(clock::duration first, clock::duration longest) noexcept
      : first_(first), longest_(longest) {}

  /// The next pause: uniform in [0, d], d doubling from `first` to `longest`.
  clock::duration next(std::uint64_t random) noexcept;
  /// Starts over with `first`.
  void reset() noexcept { failures_ = 0; }
  /// Pauses given out since the last reset.
  std::uint32_t failures() const noexcept { return failures_; }

 private:
  clock::duration first_, longest_;
  std::uint32_t failures_ = 0;
};

}  // namespace sluice
