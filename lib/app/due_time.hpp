// When a delayed message is due.
#pragma once

#include "sluice/app/send_options.hpp"

#include <chrono>
#include <optional>

namespace sluice {

/// By the server's clock.
struct due_time {
  std::chrono::milliseconds time{0};
  /// Counted from when it is stored, else since 1970.
  bool from_now = false;

  /// Empty for what is delivered at once.
  static std::optional<due_time> of(const send_options& how) {
    using std::chrono::ceil;
    using std::chrono::milliseconds;
    if (how.after()) return due_time{*how.after(), true};
    if (how.at()) return due_time{ceil<milliseconds>(how.at()->time_since_epoch()), false};
    return std::nullopt;
  }
  /// Since 1970.
  std::chrono::milliseconds since_epoch(std::chrono::milliseconds now) const {
    return from_now ? now + time : time;
  }
};

}  // namespace sluice
