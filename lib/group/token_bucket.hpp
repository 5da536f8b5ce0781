// How often something may happen: a rate, and how much at once after a rest.
#pragma once

#include "sluice/core/clock.hpp"

#include <algorithm>
#include <cstdint>

namespace sluice {

/// Gives everybody who asks the moment from which on it is their turn. Pure. Kept as the one moment
/// at which the bucket would be full again, which cannot drift: the "virtual scheduling" form of
/// the generic cell rate algorithm (ITU-T I.371).
class token_bucket {
 public:
  /// One token each `interval`, > 0; up to `burst`, ≥ 1, of them are saved up.
  token_bucket(clock::duration interval, std::int64_t burst) noexcept
      : interval_(interval), saved_(interval * (burst - 1)) {}

  /// Takes one. Not before `now`.
  clock::time_point take(clock::time_point now) noexcept {
    full_at_ = std::max(full_at_, now);
    const auto turn = std::max(now, full_at_ - saved_);
    full_at_ += interval_;
    return turn;
  }

 private:
  clock::duration interval_;
  clock::duration saved_;
  clock::time_point full_at_ = clock::time_point::min();
};

}  // namespace sluice
