// How often processes have begun at a committed offset: kept in the text that Kafka stores with it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::kafka {

/// Who begins to work on a partition counts up what it finds. Whoever ends well leaves no trace, so
/// that a count of two says that a process died or was shut out at this place. Pure.
struct attempt_mark {
  std::int64_t offset = -1;
  std::int64_t begun = 0;

  /// The mark of whoever begins with a message at that offset, having found this one.
  attempt_mark next(std::int64_t at) const { return {at, at == offset ? begun + 1 : 1}; }
  friend bool operator==(const attempt_mark&, const attempt_mark&) = default;
};

/// Empty for a count of zero, as other libraries leave it.
std::string write_mark(const attempt_mark& what);
/// A count of zero for any other text.
attempt_mark read_mark(std::int64_t offset, std::string_view text);

}  // namespace sluice::kafka
