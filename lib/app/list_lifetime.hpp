// How long lists live that streamback's processes share.
#pragma once

#include <chrono>

namespace sluice {

/// Counted from the last element that was pushed.
inline constexpr std::chrono::seconds list_lifetime{300};

}  // namespace sluice
