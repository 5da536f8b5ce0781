// How long a process that died is not started anew.
#pragma once

#include "sluice/core/clock.hpp"

namespace sluice {

/// None, unless it died soon after it had begun: then pauses double from `first` to `longest`. One
/// that has lived for longer than the longest pause costs little if it dies, and begins afresh.
/// Pure.
class restart_pause {
 public:
  restart_pause(clock::duration first, clock::duration longest) noexcept
      : first_(first), longest_(longest) {}

  /// After a death at that age.
  clock::duration after(clock::duration lived) noexcept;

 private:
  clock::duration first_, longest_;
  clock::duration next_{0};
};

}  // namespace sluice
