// The sending half of the outbox: what was staged and committed goes to Redis, in order.
#pragma once

#include "sluice/outbox/publisher_options.hpp"
#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace soci {
class connection_pool;
}

namespace sluice::outbox {

/// Sends staged messages that are due, in the order of their rows, and marks them sent. The wire
/// format is telstar's: the stream `telstar:stream:<topic>` with the fields `message_id` and
/// `data`.
///
/// A batch is one `MULTI` … `EXEC`: rows are locked, sent, marked and committed. Who dies in
/// between leaves them unmarked, and they are sent again under the same UUID: at least once.
/// Consumers that remember message ids (`inbox`, or a topic's seen marks) make that exactly once.
///
/// Any number of publishers, also in several processes, may share a table: no two send one row at
/// the same time, and the order within a topic is kept. PostgreSQL and MySQL 8 (MariaDB 10.6) lock
/// the rows (`FOR UPDATE SKIP LOCKED`) in a transaction around the sending. SQLite is free while
/// messages are on their way, between two short transactions (`BEGIN IMMEDIATE`); publishers keep
/// each other out by a lock on the file `<database>-<table>.lock`.
///
/// @code
/// sluice::outbox::publisher out(redis, "sqlite3://orders.db");
/// co_await out.run();
/// @endcode
///
/// Thread rule: used on the client's executor; `notify` from any thread. SQL runs on threads of the
/// publisher's own and never blocks the executor.
/// Lifetime: destroying it is `stop()`. `run()` outlives it, keeps the client's connection alive
/// and ends soon. When the execution context goes first, its destruction waits for the SQL
/// statement under way.
class publisher {
 public:
  /// A publisher with database sessions of its own, opened when first used and again when they
  /// break.
  ///
  /// @param database a SOCI connection string with its backend, such as `sqlite3://orders.db` or
  ///   `postgresql://host=db dbname=shop user=app password=…`.
  /// @throws error `invalid_argument` for another backend than `sqlite3`, `postgresql`, `mysql`.
  publisher(client redis, std::string database, publisher_options how = publisher_options());
  /// A publisher that leases sessions of a pool, one for each batch under way, and reconnects those
  /// that fail. Its sessions must be open. Do not wait for a session of it on the client's executor
  /// unless it has more than the publisher leases: a batch needs the executor to end.
  ///
  /// @throws error `invalid_argument` for no pool.
  publisher(client redis, std::shared_ptr<soci::connection_pool> database,
            publisher_options how = publisher_options());
  publisher(publisher&&) noexcept;
  publisher& operator=(publisher&&) noexcept;
  ~publisher();

  /// Publishes until `stop()`. Lost links, a database that is away and refusals are told to
  /// `on_failure` and tried again after a pause; they do not end it.
  ///
  /// Errors: `closed` when the client was closed; `invalid_argument`, at once, when it runs
  /// already; what `on_failure` throws.
  /// Cancellation: ends after the batch under way, whose sending is bounded by `send_timeout`;
  /// nothing is left locked.
  /// Cost: a batch costs one round trip (`MULTI`, `XADD` each, `EXEC`), a transaction of three SQL
  /// statements and a query before it; a look at a table with nothing due costs that query.
  boost::asio::awaitable<void> run();
  /// Lets `run()` end after the batch under way. Without effect when it does not run.
  void stop() noexcept;
  /// Looks at the table at once: call it after committing what was staged in this process. From
  /// any thread, while the execution context lives.
  void notify();

  /// A snapshot of what has been done.
  publisher_statistics statistics() const noexcept;

 private:
  std::shared_ptr<class publisher_core> core_;
};

}  // namespace sluice::outbox
