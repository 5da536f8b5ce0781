// Where a publisher gets its sessions with the database from.
#pragma once

#include <soci/connection-pool.h>
#include <soci/session.h>

#include <cstddef>
#include <memory>
#include <string>

namespace sluice::outbox {

/// Thread-safe: sessions are leased on the publisher's threads.
class session_source {
 public:
  /// Sessions of one's own, opened when they are first leased. Throws `errc::invalid_argument` for
  /// a backend that is not supported.
  session_source(std::string connection_string, std::size_t count);
  /// The user's sessions.
  explicit session_source(std::shared_ptr<soci::connection_pool> pool);

  /// An open session; waits for a free one. Throws what keeps it from opening.
  std::unique_ptr<soci::session> lease() const;
  /// The session failed: the next lease gets a fresh one.
  void renew(soci::session& failed) const noexcept;

 private:
  void open(soci::session& closed) const;

  std::string connection_string_;
  std::shared_ptr<soci::connection_pool> pool_;
};

}  // namespace sluice::outbox
