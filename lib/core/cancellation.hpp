// Telling an end that was asked for from a failure.
#pragma once

#include <exception>

namespace sluice {

/// Whether it is what a cancelled operation throws. `failure` must not be null.
bool is_cancellation(const std::exception_ptr& failure);

}  // namespace sluice
