#include "outbox/session_source.hpp"

#include "outbox/dialect.hpp"
#include "outbox/sql_failure.hpp"

#include <soci/soci.h>

#include <string_view>
#include <utility>

namespace sluice::outbox {
namespace {

void check_backend(std::string_view connection_string) {
  const auto end = connection_string.find("://");
  if (end == std::string_view::npos) {
    throw error(errc::invalid_argument,
                "a database is named as sqlite3://…, postgresql://… or "
                "mysql://…");
  }
  (void)dialect_named(connection_string.substr(0, end));
}

}  // namespace

session_source::session_source(std::string connection_string, std::size_t count)
    : connection_string_(std::move(connection_string)) {
  check_backend(connection_string_);
  pool_ = std::make_shared<soci::connection_pool>(count);
}

session_source::session_source(std::shared_ptr<soci::connection_pool> pool)
    : pool_(std::move(pool)) {
  if (!pool_) throw error(errc::invalid_argument, "a publisher needs a pool of sessions");
}

std::unique_ptr<soci::session> session_source::lease() const {
  try {
    auto leased = std::make_unique<soci::session>(*pool_);
    if (leased->get_backend() == nullptr) open(*leased);
    return leased;
  } catch (const soci::soci_error& why) {
    throw no_session(why, connection_string_);
  }
}

void session_source::open(soci::session& closed) const {
  if (connection_string_.empty()) {
    closed.reconnect();
    return;
  }
  closed.open(connection_string_);
  switch (dialect_of(closed)) {
    case dialect::sqlite:
      // Without it whoever meets another writer fails at once.
      closed << "PRAGMA busy_timeout = 5000";
      break;
    case dialect::mysql:
      closed << "SET NAMES utf8mb4";
      break;
    case dialect::postgresql:
      break;
  }
}

void session_source::renew(soci::session& failed) const noexcept {
  try {
    // The user's pool has to stay one of open sessions, as far as that is possible.
    connection_string_.empty() ? failed.reconnect() : failed.close();
  } catch (const std::exception&) {
    // The next lease tries again, and says what is wrong.
  }
}

}  // namespace sluice::outbox
