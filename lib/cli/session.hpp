// One run of a verb: an io_context, a client, and an end that Ctrl-C can bring.
#pragma once

#include <sluice/redis/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>

namespace sluice::cli {

/// What the command exits with; `sluice --help` lists the same.
enum exit_code : int {
  ok = 0,
  trouble = 1,
  usage = 2,
  bad_input = 3,
  bad_account = 4,
  interrupted = 130,
};

/// Set by the first Ctrl-C or SIGTERM; a verb finishes what is half-done and returns.
class stop_signal {
 public:
  bool requested() const noexcept { return requested_; }
  /// Called once when the signal comes, or at once if it has come.
  void on_request(std::function<void()> act);
  void request();

 private:
  bool requested_ = false;
  std::function<void()> act_;
};

using verb = std::function<boost::asio::awaitable<int>(client, stop_signal&)>;

/// Runs a verb against a server to its end and returns its exit code. Errors are told on stderr, in
/// one line; a second signal ends the process at once.
int run(const std::string& url, const verb& act);

/// Tells an error on stderr in the command's form.
void complain(const std::string& what);

}  // namespace sluice::cli
