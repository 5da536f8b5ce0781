// One batch of staged messages: what is asked of the table, and what was found there.
#pragma once

#include "outbox/statements.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace sluice::outbox {

/// A message as it lies in the table.
struct staged_row {
  row_id id = 0;
  std::string message_id;
  std::string topic;
  std::string data;
};

/// What is wanted.
struct claim_request {
  wall_time now;
  std::size_t limit = 1;
  exclusion without;
  std::optional<wall_time> purge_before;
};

/// What was found.
struct findings {
  /// What may be sent, in the order of the table.
  std::vector<staged_row> rows;
  /// Rows that say neither what to send nor where to.
  std::vector<row_id> unreadable;
  /// When the next message becomes due; empty when none is known to, or when it is already and
  /// somebody else has it.
  std::optional<wall_time> next_due;
  std::size_t purged = 0;
};

/// How many rows a purge deletes at a time: enough to keep up, few enough to lock nobody out.
constexpr std::size_t purge_limit = 1'000;

}  // namespace sluice::outbox
