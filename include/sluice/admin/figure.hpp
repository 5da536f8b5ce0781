// A count that may be an estimate.
#pragma once

#include <cstdint>

namespace sluice::admin {

/// How many there are. Servers that cannot say how far a group is behind leave it to be worked out;
/// such a figure says so.
///
/// Thread rule: a trivial value.
struct figure {
  std::uint64_t count = 0;
  /// Not counted: worked out from the times in the ids, as if entries came at an even pace.
  bool estimated = false;

  friend constexpr bool operator==(const figure&, const figure&) noexcept = default;
};

}  // namespace sluice::admin
