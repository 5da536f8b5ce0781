// One run of a verb: an execution context, a client, and an end that Ctrl-C can bring.
#pragma once

#include "cli/exit_code.hpp"

#include <sluice/redis/client.hpp>
#include <sluice/redis/options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <string>

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

  stop_request stop;
  std::size_t acknowledgements_lost = 0;
  bool quiet = false;  // for verbs that tell what happens by themselves
  client redis;
};

using verb = std::function<boost::asio::awaitable<int>(session&)>;

/// Connects and runs a verb to its end; returns its exit code, or the signal's once it was stopped
/// and nothing went wrong. Errors are told on stderr. A second signal ends the process at once.
int run(const std::string& url, const verb& act, const std::string& connection_name = "sluice-cli");

}  // namespace sluice::cli
