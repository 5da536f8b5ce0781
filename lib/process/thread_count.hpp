// How many threads this process has.
#pragma once

#include <cstddef>

namespace sluice {

/// 1 where the system does not say.
std::size_t thread_count();

}  // namespace sluice
