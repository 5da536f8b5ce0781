// The receiving half of exactly once: which messages have had their effect, in the same database.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace soci {
class session;
}

namespace sluice::outbox {

/// A table of message ids that were handled. A handler records the id in the transaction that holds
/// the effect: both commit or neither does, so that a message that comes again finds its id and has
/// no second effect.
///
/// @code
/// soci::transaction unit(sql);
/// if (handled.record(sql, "billing", message_id)) charge(sql, …);
/// unit.commit();
/// co_await std::move(delivery).ack();
/// @endcode
///
/// Thread rule: immutable; used from any thread with a session of its own.
class inbox {
 public:
  /// Uses the table of this name, which `create_tables` makes.
  ///
  /// Throws `error` with `errc::invalid_argument` for what is no SQL identifier; see `table`.
  explicit inbox(std::string_view table_name = "sluice_inbox");

  /// Records that a group handles a message, in the transaction that `sql` is in, and says whether
  /// that is new. False means that the effect is there already: skip it.
  ///
  /// Of two transactions that record one message at once the second waits for the first to end:
  /// after its commit it gets false, after its rollback true.
  ///
  /// @param group 1 to 255 bytes: who handles. Groups do not see each other's records.
  /// @param message_id 1 to 255 bytes, compared byte by byte. A UUID counts as the same in any of
  ///   its spellings.
  /// @throws error `invalid_argument` for other lengths; `already_settled` when the isolation level
  ///   lets the race end only in an error (PostgreSQL above READ COMMITTED): roll back, the message
  ///   was recorded by somebody else; else as `create_tables`. SQLite lets one transaction write
  ///   at a time: who waits longer than the session's busy timeout (`timeout=` in the connection
  ///   string, 0 by default) gets `timeout`.
  bool record(soci::session& sql, std::string_view group, std::string_view message_id) const;

  /// Deletes records that are older than `age` and says how many. Keep them for as long as a
  /// message may come again.
  ///
  /// Throws `error` with `errc::invalid_argument` for an age below zero; else as `create_tables`.
  std::size_t purge(soci::session& sql, std::chrono::milliseconds age) const;

  /// The table's name.
  const std::string& table_name() const noexcept { return table_name_; }

 private:
  std::string table_name_;
};

}  // namespace sluice::outbox
