#include "sluice/outbox/inbox.hpp"

#include "outbox/dialect.hpp"
#include "outbox/identifier.hpp"
#include "outbox/sql_failure.hpp"
#include "outbox/sql_time.hpp"

#include "sluice/core/clock.hpp"
#include "sluice/core/uuid.hpp"

#include <soci/soci.h>

namespace sluice::outbox {
namespace {

constexpr std::size_t longest_text = 255;

void check_length(std::string_view what, std::string_view text) {
  if (!text.empty() && text.size() <= longest_text && text.find('\0') == std::string_view::npos)
    return;
  throw error(errc::invalid_argument, std::string(what) + " has 1 to 255 bytes, none of them zero");
}

// An insert that finds the key there does nothing, instead of failing: in PostgreSQL a failed
// statement would take the whole transaction with it.
std::string insert_if_new(dialect spoken, const std::string& table, wall_time now) {
  const auto* const verb = spoken == dialect::sqlite  ? "INSERT OR IGNORE INTO "
                           : spoken == dialect::mysql ? "INSERT IGNORE INTO "
                                                      : "INSERT INTO ";
  return verb + table + " (handled_by, message_id, handled_at) VALUES (:handled_by, :message_id, " +
         milliseconds_text(now) + ")" +
         (spoken == dialect::postgresql ? " ON CONFLICT DO NOTHING" : "");
}

}  // namespace

inbox::inbox(std::string_view table_name) : table_name_(checked_identifier(table_name)) {}

bool inbox::record(soci::session& sql, std::string_view group, std::string_view message_id) const {
  check_length("a group", group);
  check_length("a message's id", message_id);
  const std::string bound_group(group);
  const auto read = uuid::parse(message_id);
  const auto bound_id = read ? read->to_string() : std::string(message_id);
  const auto now = system_clock()->wall_now();
  try {
    return in_sql([&] {
      soci::statement insert =
          (sql.prepare << insert_if_new(dialect_of(sql), table_name_, now),
           soci::use(bound_group, "handled_by"), soci::use(bound_id, "message_id"));
      insert.execute(true);
      return insert.get_affected_rows() > 0;
    });
  } catch (const error& why) {
    // Above READ COMMITTED PostgreSQL may not look past its snapshot to say who was first.
    if (why.code() != errc::transaction_aborted) throw;
    throw error(errc::already_settled,
                diagnostics("another transaction recorded this message: roll back")
                    .group(bound_group)
                    .id(bound_id)
                    .server_text(why.why().server_text()));
  }
}

std::size_t inbox::purge(soci::session& sql, std::chrono::milliseconds age) const {
  if (age.count() < 0) throw error(errc::invalid_argument, "an age is not below zero");
  const auto cut = milliseconds_text(system_clock()->wall_now() - age);
  return in_sql([&] {
    soci::statement remove =
        (sql.prepare << "DELETE FROM " << table_name_ << " WHERE handled_at <= " << cut);
    remove.execute(true);
    return static_cast<std::size_t>(remove.get_affected_rows());
  });
}

}  // namespace sluice::outbox
