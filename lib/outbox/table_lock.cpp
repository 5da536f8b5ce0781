#include "outbox/table_lock.hpp"

#include "outbox/sql_failure.hpp"

#include <soci/soci.h>

#include <string>

namespace sluice::outbox {

bool table_lock::acquire(soci::session& database, std::string_view table) {
  std::string file;
  auto state = soci::i_null;
  database << "SELECT file FROM pragma_database_list WHERE name = 'main'", soci::into(file, state);
  if (state != soci::i_ok || file.empty()) return true;
  held_ = std::make_unique<soci::session>("sqlite3",
                                          "db=\"" + file + "-" + std::string(table) + ".lock\"");
  try {
    *held_ << "BEGIN IMMEDIATE";
  } catch (const soci::soci_error& why) {
    release();
    if (sql_failure(why).code() != errc::timeout) throw;
    return false;
  }
  return true;
}

}  // namespace sluice::outbox
