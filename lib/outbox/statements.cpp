#include "outbox/statements.hpp"

namespace sluice::outbox {
namespace {

std::string list_of(const std::vector<row_id>& ids) {
  std::string text;
  for (const auto each : ids) text += (text.empty() ? "" : ", ") + std::to_string(each);
  return "(" + text + ")";
}

// Peewee, SQLAlchemy and `create_tables` make booleans, for which all three know these words.
constexpr const char* unsent = "sent = FALSE";

std::string but_for(const exclusion& without) {
  std::string text;
  for (std::size_t i = 0; i < without.topics.size(); ++i) {
    text += (i == 0 ? " AND topic NOT IN (:skipped_" : ", :skipped_") + std::to_string(i);
  }
  if (!text.empty()) text += ")";
  if (!without.ids.empty()) text += " AND id NOT IN " + list_of(without.ids);
  return text;
}

}  // namespace

std::vector<std::string> statements::begin() const {
  switch (dialect_) {
    case dialect::sqlite:
      // A transaction that begins with reading may find, when it comes to writing, that somebody
      // else wrote; then only starting over helps.
      return {"BEGIN IMMEDIATE"};
    case dialect::postgresql:
      return {"BEGIN ISOLATION LEVEL READ COMMITTED"};
    case dialect::mysql:
      break;
  }
  // Its default level locks the gaps between rows too, and staging would wait for publishing.
  return {"SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "START TRANSACTION"};
}

std::string statements::insert(std::string_view message_id, wall_time send_at,
                               wall_time created_at) const {
  return "INSERT INTO " + table_.name() + " (" + uuid_column() +
         ", topic, data, sent, send_at, created_at) VALUES (" + uuid_literal(message_id) +
         ", :topic, :data, FALSE, " + time_literal(send_at) + ", " + time_literal(created_at) + ")";
}

std::string statements::first_due(const exclusion& without) const {
  return "SELECT MIN(send_at) FROM " + table_.name() + " WHERE " + unsent + but_for(without);
}

std::string statements::due(wall_time now, std::size_t limit, const exclusion& without) const {
  return "SELECT id, " + uuid_text() + ", topic, data FROM " + table_.name() + " WHERE " +
         is_due(now, without) + " ORDER BY id LIMIT " + std::to_string(limit) +
         (locks_rows() ? " FOR UPDATE SKIP LOCKED" : "");
}

std::string statements::due_up_to(row_id last, wall_time now, const exclusion& without) const {
  return "SELECT id, topic FROM " + table_.name() + " WHERE " + is_due(now, without) +
         " AND id <= " + std::to_string(last) + " ORDER BY id";
}

std::string statements::mark_sent(const std::vector<row_id>& ids) const {
  return "UPDATE " + table_.name() + " SET sent = TRUE WHERE id IN " + list_of(ids);
}

std::string statements::sent_before(wall_time cut, std::size_t limit) const {
  return "SELECT id FROM " + table_.name() +
         " WHERE sent = TRUE AND send_at <= " + time_literal(cut) + " ORDER BY id LIMIT " +
         std::to_string(limit);
}

std::string statements::remove(const std::vector<row_id>& ids) const {
  return "DELETE FROM " + table_.name() + " WHERE id IN " + list_of(ids);
}

std::optional<wall_time> statements::time_of(const std::string& text) const {
  return has_timestamps() ? from_local_timestamp(text) : from_milliseconds_text(text);
}

bool statements::has_timestamps() const noexcept {
  return table_.layout() == table_layout::telstar_sqlalchemy;
}

std::string statements::uuid_column() const {
  return table_.layout() == table_layout::native ? "message_id" : "msg_uid";
}

std::string statements::uuid_text() const {
  if (table_.layout() == table_layout::native) return "message_id";
  if (dialect_ == dialect::postgresql) return "CAST(msg_uid AS VARCHAR(36))";
  if (table_.layout() == table_layout::telstar_peewee) return "msg_uid";
  if (dialect_ == dialect::mysql) return "HEX(msg_uid)";
  // SQLite keeps whatever it is given; a row that somebody wrote as text is still readable.
  return "CASE typeof(msg_uid) WHEN 'blob' THEN hex(msg_uid) ELSE msg_uid END";
}

std::string statements::uuid_literal(std::string_view message_id) const {
  const auto quoted = [](std::string_view text) { return "'" + std::string(text) + "'"; };
  std::string digits(message_id);
  std::erase(digits, '-');
  if (table_.layout() == table_layout::native) return quoted(message_id);
  if (table_.layout() == table_layout::telstar_peewee) return quoted(digits);
  if (dialect_ == dialect::postgresql) return quoted(message_id);
  return "X" + quoted(digits);
}

std::string statements::time_literal(wall_time at) const {
  return has_timestamps() ? "'" + local_timestamp(at) + "'" : milliseconds_text(at);
}

std::string statements::is_due(wall_time now, const exclusion& without) const {
  return std::string(unsent) + " AND send_at <= " + time_literal(now) + but_for(without);
}

}  // namespace sluice::outbox
