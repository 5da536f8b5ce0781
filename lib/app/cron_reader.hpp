// From the text of a cron expression to its pattern.
#pragma once

#include "app/cron_pattern.hpp"

#include "sluice/app/cron.hpp"

#include <string_view>

namespace sluice {

/// Throws `error` with `errc::invalid_argument`, also for what never matches.
cron_pattern read_cron(std::string_view expression, cron_dialect dialect);

}  // namespace sluice
