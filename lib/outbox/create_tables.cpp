#include "outbox/dialect.hpp"
#include "outbox/identifier.hpp"
#include "outbox/sql_failure.hpp"

#include "sluice/outbox/stage.hpp"

#include <soci/soci.h>

#include <string>
#include <vector>

namespace sluice::outbox {
namespace {

using definitions = std::vector<std::string>;

struct index {
  std::string suffix;
  std::string columns;
};

const char* number_of_rows(dialect spoken) noexcept {
  switch (spoken) {
    case dialect::sqlite:
      // Without AUTOINCREMENT the id of a purged last row would be given again, out of order.
      return "id INTEGER PRIMARY KEY AUTOINCREMENT";
    case dialect::postgresql:
      return "id BIGSERIAL PRIMARY KEY";
    case dialect::mysql:
      break;
  }
  return "id BIGINT AUTO_INCREMENT PRIMARY KEY";
}

// MySQL has no CREATE INDEX IF NOT EXISTS, and SQLite and PostgreSQL no indexes inside a table.
definitions make_table(dialect spoken, const std::string& name, std::string columns,
                       const std::vector<index>& indexes) {
  definitions made;
  for (const auto& [suffix, over] : indexes) {
    const auto its_name = std::string(without_schema(name)) + suffix;
    if (spoken == dialect::mysql) {
      columns += ", INDEX " + its_name + " (" + over + ")";
    } else {
      made.push_back("CREATE INDEX IF NOT EXISTS " + its_name + " ON " + name + " (" + over + ")");
    }
  }
  // Ids are compared as bytes everywhere, and rows can be locked.
  const auto* const tail = spoken == dialect::mysql
                               ? ") ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
                               : ")";
  made.insert(made.begin(), "CREATE TABLE IF NOT EXISTS " + name + " (" + columns + tail);
  return made;
}

definitions make_outbox(dialect spoken, const std::string& name) {
  const std::string data = spoken == dialect::mysql ? "data LONGTEXT" : "data TEXT";
  return make_table(spoken, name,
                    number_of_rows(spoken) +
                        std::string(", message_id VARCHAR(36) NOT NULL"
                                    ", topic VARCHAR(255) NOT NULL, ") +
                        data +
                        " NOT NULL, sent BOOLEAN NOT NULL DEFAULT FALSE"
                        ", send_at BIGINT NOT NULL, created_at BIGINT NOT NULL",
                    {{"_in_order", "sent, id"}, {"_by_time", "sent, send_at"}});
}

definitions make_inbox(dialect spoken, const std::string& name) {
  return make_table(spoken, name,
                    "handled_by VARCHAR(255) NOT NULL, message_id VARCHAR(255) NOT NULL"
                    ", handled_at BIGINT NOT NULL, PRIMARY KEY (handled_by, message_id)",
                    {{"_by_time", "handled_at"}});
}

}  // namespace

void create_tables(soci::session& sql, std::string_view outbox_name, std::string_view inbox_name) {
  const auto outbox_table = checked_identifier(outbox_name);
  const auto inbox_table = checked_identifier(inbox_name);
  in_sql([&] {
    const auto spoken = dialect_of(sql);
    // That something exists is no news for the standard error of every program that starts.
    if (spoken == dialect::postgresql) sql << "SET client_min_messages TO warning";
    for (const auto& each : make_outbox(spoken, outbox_table)) sql << each;
    for (const auto& each : make_inbox(spoken, inbox_table)) sql << each;
    if (spoken == dialect::postgresql) sql << "RESET client_min_messages";
  });
}

}  // namespace sluice::outbox
