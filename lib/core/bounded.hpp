// Times as long as somebody may say them. Pure.
#pragma once

#include <algorithm>
#include <chrono>

namespace sluice {

/// A hundred years: longer than any wait, and still a time that can be added to others.
inline constexpr std::chrono::milliseconds longest_time = std::chrono::hours(24 * 365 * 100);

/// The time, or the longest. Who says `milliseconds::max()` means "for ever", and a clock's time
/// plus that would be in the past.
template <class Duration>
constexpr Duration bounded(Duration time) noexcept {
  return std::min<Duration>(time, std::chrono::duration_cast<Duration>(longest_time));
}

}  // namespace sluice
