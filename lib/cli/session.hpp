// One run of a verb: an execution context, a client, and an end that Ctrl-C can bring.
#pragma once

#include "cli/exit_code.hpp"

#include <sluice/redis/client.hpp>
#include <sluice/redis/options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {

/// Made by the first Ctrl-C or SIGTERM: a verb finishes what is half-done and returns.
class stop_request {
 public:
  bool made() const noexcept { return signal_ != 0; }
  int exit_code() const noexcept { return 128 + signal_; }
  void make(int signal);

 private:
  friend class on_stop;

  int signal_ = 0;
  std::function<void()> act_;
};

/// While it lives, calls `act` when the stop is requested; at once if it was before. One at a time.
class on_stop {
 public:
  on_stop(stop_request& request, std::function<void()> act);
  on_stop(const on_stop&) = delete;
  on_stop& operator=(const on_stop&) = delete;
  ~on_stop();

 private:
  stop_request& request_;
};

/// What a verb works with. It tells on stderr what happens to the connection and the group.
struct session {
  session(boost::asio::any_io_executor executor, connection_options options);
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// For a connection that is named, if it has no name, and whose news are told.
  connection_options watched(connection_options options);
  /// Ends what the verb waits for.
  void give_up();

  stop_request stop;
  std::size_t acknowledgements_lost = 0;
  bool quiet = false;      // for verbs that tell what happens by themselves
  bool abandoned = false;  // nobody reads what is printed: reason enough to end
  client redis;
  boost::asio::cancellation_signal ended;
};

inline constexpr const char* default_connection_name = "sluice-cli";

using verb = std::function<boost::asio::awaitable<int>(session&)>;

/// Connects and runs a verb to its end; returns its exit code, or the signal's once it was stopped
/// and nothing went wrong. Errors are told on stderr. A second signal ends the process at once.
int run(const std::string& url, const verb& act,
        const std::string& connection_name = default_connection_name);

/// A server, and what it is called in complaints; nothing where there is no other.
struct server_address {
  server_address(std::string called, connection_options to)
      : part(std::move(called)), options(std::move(to)) {}

  std::string part;
  connection_options options;
};

/// The same where a verb needs several servers. All of them have to be there; the first is the
/// session's.
int run(std::vector<server_address> servers, const verb& act);

}  // namespace sluice::cli
