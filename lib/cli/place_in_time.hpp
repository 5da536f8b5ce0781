// A place in a stream, as people write it.
#pragma once

#include <sluice/stream/start.hpp>

#include <optional>
#include <string>

namespace sluice::cli {

/// "earliest", "latest", an id to begin behind, or a time in UTC: "2026-11-22T01:30:00Z", of which
/// the time of the day may be missing. Empty for anything else, and for ids that may be meant as a
/// time: "2026-11", and all without a dash but "0".
std::optional<start> place_of(const std::string& text);

/// The same as a check of an option.
std::string check_place(const std::string& text);

/// "2026-11-22 01:30:00.123", in UTC.
std::string wall_clock_text(entry_id of);

}  // namespace sluice::cli
