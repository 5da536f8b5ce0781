#include "outbox/dialect.hpp"

#include "sluice/core/error.hpp"

#include <soci/session.h>

namespace sluice::outbox {

dialect dialect_named(std::string_view backend) {
  if (backend == "sqlite3") return dialect::sqlite;
  if (backend == "postgresql") return dialect::postgresql;
  if (backend == "mysql") return dialect::mysql;
  throw error(errc::invalid_argument, "the database must be sqlite3, postgresql or mysql");
}

dialect dialect_of(const soci::session& sql) { return dialect_named(sql.get_backend_name()); }

}  // namespace sluice::outbox
