// What numbers and times in descriptions of pipelines must be.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

namespace sluice::flow {

/// The same number. Throws `error` with `errc::invalid_argument`, naming `what`, for less.
std::size_t at_least(std::size_t least, std::size_t given, std::string_view what);
/// The same time. Throws `error` with `errc::invalid_argument`, naming `what`, unless it is above
/// zero; shortens what a clock could not reach.
std::chrono::nanoseconds positive(std::chrono::nanoseconds given, std::string_view what);

}  // namespace sluice::flow
