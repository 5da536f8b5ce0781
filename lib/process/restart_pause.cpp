#include "process/restart_pause.hpp"

#include <algorithm>

namespace sluice {

clock::duration restart_pause::after(clock::duration lived) noexcept {
  if (lived > longest_) return next_ = clock::duration(0);
  if (next_ == clock::duration(0)) return next_ = first_;
  // Not beyond the longest, and without an overflow on the way.
  return next_ = next_ > longest_ / 2 ? longest_ : next_ * 2;
}

}  // namespace sluice
