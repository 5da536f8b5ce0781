// The handle that everything else is made from: one pipelined connection to one server.
#pragma once

#include "sluice/core/result.hpp"
#include "sluice/redis/capabilities.hpp"
#include "sluice/redis/command.hpp"
#include "sluice/redis/counters.hpp"
#include "sluice/redis/options.hpp"
#include "sluice/redis/reply.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <string_view>
#include <vector>

namespace sluice {

class connection;
class script;
class transaction;

/// A cheap handle to one connection; copies share it. Everything that speaks to the server is made
/// from a client: producers, consumers, subscriptions. It connects by itself when first used and
/// again whenever the link breaks.
///
/// Commands of all coroutines are pipelined: those queued while others run leave in one write, and
/// replies come back in order. Nothing ever blocks the connection: commands that would are refused.
///
/// Thread rule: used from the executor it was made with (a single-threaded `io_context`, or a
/// strand); a program that wants more cores gives each `io_context` a client of its own.
/// Lifetime: operations in progress keep the connection alive. When the last handle is gone the
/// connection ends, and `io_context::run()` can return. Handles and the execution context may be
/// destroyed in any order.
class client {
 public:
  /// Makes a client of `url`; see `connection_options`. Nothing is sent yet.
  ///
  /// Throws `error` with `errc::invalid_url`.
  client(boost::asio::any_io_executor executor, std::string_view url);
  /// Makes a client of options. Nothing is sent yet.
  client(boost::asio::any_io_executor executor, connection_options options);

  /// Waits until the link is up. Optional: every operation connects by itself. Use it at the start
  /// of a program to learn at once what is wrong with an address or a password.
  ///
  /// Completes when the handshake is done; at once when the link is up.
  /// Errors: the first failure as what it is: `connection_refused`, `host_unreachable`,
  /// `name_not_found`, `connect_timeout`, `connection_lost`, `tls_failed`, `not_redis`,
  /// `server_too_old`, `auth_required`, `wrong_password`, `not_permitted`, `loading`, `read_only`,
  /// `closed`. The client goes on trying in the background, except after five refusals in a row
  /// that only a person can mend; the next command then begins anew.
  /// Cancellation: stops the waiting only.
  /// Cost: one round trip (`HELLO`, `CLIENT`, `SELECT`, `COMMAND INFO`, probe, `PING`).
  boost::asio::awaitable<void> connect();

  /// Executes a command and gives its reply.
  ///
  /// Errors: the server's error by its code word, with its text in the diagnostics; `timeout` with
  /// the last connection error; `outcome_unknown` when the link broke after sending, unless the
  /// command is `repeatable()`; `command_refused` for what would break the shared connection
  /// (blocking commands, `SELECT`, `MONITOR`, `CLIENT REPLY`, …); `closed`; `reply_too_large`.
  /// Cancellation: an unsent command is not sent; a sent one is executed and its reply discarded.
  /// Overlap: any number at once. Waits for room when the in-flight bounds are reached.
  /// Cost: one round trip, shared with its neighbours.
  boost::asio::awaitable<reply> exec(command what);

  /// The same in one line: `co_await redis.exec("SET", "greeting", "hello", "EX", 60)`.
  ///
  /// Errors, cancellation and cost: as above.
  template <class... Arguments>
  boost::asio::awaitable<reply> exec(std::string_view name, const Arguments&... arguments) {
    command what(name);
    (what.arg(arguments), ...);
    return exec(std::move(what));
  }

  /// Executes commands as one unit, `MULTI` … `EXEC`, in one round trip, and gives the replies in
  /// order. A command that fails while the others succeed has its error in its place.
  ///
  /// Errors: `transaction_aborted` when the server refused a command beforehand (nothing was
  /// executed; the diagnostics name it); `not_permitted` when the ACL user may not use `MULTI`, and
  /// then the commands have been executed one by one; else as `exec(command)`.
  /// Cancellation: as `exec(command)`; the unit is executed whole or not at all.
  /// Cost: one round trip.
  boost::asio::awaitable<std::vector<result<reply>>> exec(transaction what);

  /// Runs a script with its keys and arguments: `EVALSHA`, and `EVAL` once when the server does not
  /// know it.
  ///
  /// Errors and cancellation: as `exec(command)`.
  /// Cost: one round trip; two the first time on a server.
  boost::asio::awaitable<reply> exec(const script& what, std::vector<std::string> keys,
                                     std::vector<std::string> arguments);

  /// Measures the way to the server and back, behind what is queued already.
  ///
  /// Errors and cancellation: as `exec(command)`.
  /// Cost: one round trip (`PING`).
  boost::asio::awaitable<std::chrono::microseconds> ping();

  /// Refuses new operations, sends what is queued, waits for the replies and ends the connection;
  /// after the connect timeout it ends it anyway and what is left fails with `closed`.
  ///
  /// Errors: none. Cancellation: stops the waiting only. Cost: none of its own.
  boost::asio::awaitable<void> close();
  /// Ends the connection at once. All operations fail with `closed`.
  void stop() noexcept;

  /// What the server can do; empty before the first connect.
  const capabilities& server() const noexcept;
  /// True while the link is up.
  bool connected() const noexcept;
  /// A snapshot of what has been done so far.
  sluice::counters counters() const noexcept;
  /// The options it was made with.
  const connection_options& options() const noexcept;
  /// The executor it was made with.
  boost::asio::any_io_executor get_executor() const noexcept;

 private:
  friend struct client_access;
  struct handle;

  explicit client(std::shared_ptr<connection> link);

  std::shared_ptr<handle> handle_;
};

}  // namespace sluice
