// The right to publish from a table of SQLite, which locks no rows.
#pragma once

#include <soci/session.h>

#include <memory>
#include <string_view>

namespace sluice::outbox {

/// A lock that holds while messages travel to Redis. The database itself must be free meanwhile:
/// who stages on the executor's thread would wait for a lock that only this thread can end. So it
/// is a lock of SQLite's on an empty file beside the database, `<file>-<table>.lock`; it ends with
/// the process that has it, however that ends.
class table_lock {
 public:
  /// False when another publisher has it. A database in memory is nobody else's.
  bool acquire(soci::session& database, std::string_view table);
  void release() noexcept { held_.reset(); }

 private:
  std::unique_ptr<soci::session> held_;
};

}  // namespace sluice::outbox
