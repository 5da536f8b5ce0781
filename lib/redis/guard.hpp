// Keeps commands off the shared connection that would break it for everybody.
#pragma once

#include "sluice/redis/command.hpp"

namespace sluice {

/// Throws `error` with `errc::command_refused`; the text gives the reason and what to use instead.
void refuse_if_harmful(const command& what);

}  // namespace sluice
