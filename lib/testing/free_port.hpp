#pragma once

#include <cstdint>

namespace sluice::testing {

/// A TCP port of 127.0.0.1 that nobody listens on at this moment. It is taken from the kernel's
/// ephemeral range and not reserved: be prepared to lose the race for it.
std::uint16_t free_port();

}  // namespace sluice::testing
