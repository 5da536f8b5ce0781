// Times as tables hold them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::outbox {

using wall_time = std::chrono::system_clock::time_point;

/// Milliseconds since 1970 in decimal.
std::string milliseconds_text(wall_time at);
/// The reverse; empty for what is no number.
std::optional<wall_time> from_milliseconds_text(std::string_view text);

/// `YYYY-MM-DD HH:MM:SS.ffffff` in the process's time zone, as Python stores `datetime.now()`.
std::string local_timestamp(wall_time at);
/// The reverse; the fraction may be shorter or missing. Empty for anything else. In the hour that
/// the end of summer time repeats, the C library chooses one of the two.
std::optional<wall_time> from_local_timestamp(const std::string& text);

}  // namespace sluice::outbox
