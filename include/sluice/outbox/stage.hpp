// Staging: a message becomes part of the program's own SQL transaction.
#pragma once

#include "sluice/outbox/table.hpp"

#include <boost/json/value.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace soci {
class session;
}

namespace sluice::outbox {

/// How to stage one message. Setters return the object.
///
/// Thread rule: a value.
class stage_options {
 public:
  stage_options() = default;
  /// Sends it so much later at the earliest, ≥ 0. Default at once.
  ///
  /// Throws `error` with `errc::invalid_argument` for a time below zero.
  stage_options& delay(std::chrono::milliseconds time);
  /// A message id of one's own: a UUID in any of its usual spellings. Consumers take two messages
  /// of one id for the same. Default: a new random one.
  ///
  /// Throws `error` with `errc::invalid_argument` for what is no UUID.
  stage_options& id(std::string_view text);
  /// The table it goes to. Default `table()`.
  stage_options& into(table where) { return into_ = std::move(where), *this; }

  std::chrono::milliseconds delay() const noexcept { return delay_; }
  /// The id in its canonical spelling; empty for a new one.
  const std::string& id() const noexcept { return id_; }
  const table& into() const noexcept { return into_; }

 private:
  std::chrono::milliseconds delay_{0};
  std::string id_;
  table into_;
};

/// Stages a message: inserts it into the table of staged messages, in the transaction that `sql` is
/// in. When that commits, a `publisher` sends it; when it rolls back, it has never been. Outside of
/// a transaction the message is staged by itself.
///
/// Blocks the calling thread as any SQL statement does; `sql` must not be in use elsewhere.
/// Messages of one topic are sent in the order of their row ids; rows that become due or commit
/// later than others come later.
///
/// @param sql an open session with SQLite, PostgreSQL or MySQL.
/// @param topic 1 to 255 bytes of UTF-8; the stream is `telstar:stream:<topic>`.
/// @param data the message; any JSON value, though Python consumers expect an object.
/// @return the message's UUID, 36 characters in lower case.
/// @throws error `invalid_argument` for a topic of another length, an unsupported backend, and data
///   that is no JSON (NaN, an infinity, text that is no UTF-8, nested deeper than 64, more than
///   16 MiB); what the database says otherwise (`create_tables` lists the codes).
std::string stage(soci::session& sql, std::string_view topic, const boost::json::value& data,
                  const stage_options& how = stage_options());

/// Makes the tables of the outbox and the inbox unless they exist, in the native layout.
///
/// MySQL ends a transaction that makes tables, so do it before one.
///
/// @param sql an open session with SQLite, PostgreSQL or MySQL.
/// @param outbox_name the table that `stage` and `publisher` use by default.
/// @param inbox_name the table that `inbox` uses by default.
/// @throws error `invalid_argument` for names that are no SQL identifiers (see `table`) and for
///   other backends; `connection_lost`, `not_permitted`, `timeout` (locked), `transaction_aborted`
///   (deadlock, serialisation: repeat the transaction) and `server_error` with the database's text
///   in the diagnostics. Values and credentials never appear there.
void create_tables(soci::session& sql, std::string_view outbox_name = "sluice_outbox",
                   std::string_view inbox_name = "sluice_inbox");

}  // namespace sluice::outbox
