// Memory that is counted, and fails when a test says so: the n-th allocation from now, once.
#pragma once

#include <cstddef>
#include <new>

namespace scene {

/// Lets `before` allocations of this thread succeed and the next one throw `std::bad_alloc`. What
/// comes after it succeeds again.
void fail_allocation(std::size_t before) noexcept;

/// How often this thread has asked for memory so far.
std::size_t allocations() noexcept;

/// Ends it. Returns whether an allocation failed meanwhile.
bool allocation_failed() noexcept;

/// Calls `act(n)` for n = 0, 1, … until it says that no allocation failed. Returns how many did.
template <class Act>
int for_each_allocation(Act&& act) {
  for (int n = 0;; ++n) {
    if (!act(static_cast<std::size_t>(n))) return n;
  }
}

}  // namespace scene
