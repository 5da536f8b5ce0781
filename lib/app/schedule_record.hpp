// A schedule as the server remembers it.
#pragma once

#include "sluice/app/schedule.hpp"

#include <string>

namespace sluice {

/// Two texts of JSON. When a schedule changes in the second alone, what was sent last still counts.
struct schedule_record {
  std::string when;
  std::string task;

  friend bool operator==(const schedule_record&, const schedule_record&) = default;
};

/// Throws `error` with `errc::invalid_argument` for a value that is no JSON.
schedule_record encode_schedule(const schedule& what);
/// Throws `error`, or of another kind, for what this process does not understand.
schedule decode_schedule(const schedule_record& what, const std::string& name);

}  // namespace sluice
