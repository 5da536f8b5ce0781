// The SQL of one table of staged messages: what its layout and the database's dialect make of it.
#pragma once

#include "outbox/dialect.hpp"
#include "outbox/sql_time.hpp"

#include "sluice/outbox/table.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::outbox {

using row_id = std::int64_t;

/// Rows that are not to be looked at.
struct exclusion {
  std::vector<std::string> topics;
  std::vector<row_id> ids;
};

/// Pure: makes text. Numbers, times and UUIDs stand in it as literals, which are of one's own
/// making; topics and data are bound by whoever executes it: `:topic`, `:data`, and one
/// `:skipped_<n>` for each topic of an exclusion, in order.
class statements {
 public:
  statements(table which, dialect spoken) : table_(std::move(which)), dialect_(spoken) {}

  /// Whether the database lets others pass rows that somebody has locked.
  bool locks_rows() const noexcept { return dialect_ != dialect::sqlite; }
  /// Begins a transaction that nobody else's write can break.
  std::vector<std::string> begin() const;

  std::string insert(std::string_view message_id, wall_time send_at, wall_time created_at) const;
  /// The time at which the first unsent message is or was due; NULL when there is none.
  std::string first_due(const exclusion& without) const;
  /// Row id, message id, topic and data of what is due, locked.
  std::string due(wall_time now, std::size_t limit, const exclusion& without) const;
  /// Row id and topic of all that is due up to a row, locked by whomever.
  std::string due_up_to(row_id last, wall_time now, const exclusion& without) const;
  std::string mark_sent(const std::vector<row_id>& ids) const;
  /// Row ids of what was sent and due before a time.
  std::string sent_before(wall_time cut, std::size_t limit) const;
  std::string remove(const std::vector<row_id>& ids) const;

  /// What `first_due` gave.
  std::optional<wall_time> time_of(const std::string& text) const;

 private:
  bool has_timestamps() const noexcept;
  std::string uuid_column() const;
  std::string uuid_text() const;
  std::string uuid_literal(std::string_view message_id) const;
  std::string time_literal(wall_time at) const;
  std::string is_due(wall_time now, const exclusion& without) const;

  table table_;
  dialect dialect_;
};

}  // namespace sluice::outbox
