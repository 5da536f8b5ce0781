// Which times of a schedule are to be sent now.
#pragma once

#include "sluice/app/schedule.hpp"

#include <chrono>
#include <vector>

namespace sluice {

/// Times of a schedule, in ms since 1970.
using tick = std::chrono::milliseconds;

/// The first time after `now`. `last` was one: intervals are counted from it.
tick next_tick(const schedule& what, tick last, tick now);

/// The times after `last`, up to `now`, that are sent; in order. Rules of `missed` and its bounds.
std::vector<tick> due_ticks(const schedule& what, tick last, tick now);

}  // namespace sluice
