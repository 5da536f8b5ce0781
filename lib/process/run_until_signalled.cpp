#include "sluice/process/run_until_signalled.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdlib>
#include <exception>

namespace sluice {
namespace asio = boost::asio;
namespace {

bool ignored(int signal) {
  struct ::sigaction now {};
  return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

// SIGTERM may come more than once, of several who want the same; whoever presses Ctrl-C again is
// out of patience.
template <class Runner>
class signalled_run {
 public:
  signalled_run(asio::io_context& io, Runner& what) : io_(io), what_(what), signals_(io) {
    for (const int each : {SIGTERM, SIGINT}) {
      if (!ignored(each)) signals_.add(each);
    }
  }

  void run() {
    listen();
    asio::co_spawn(io_, what_.run(), [this](const std::exception_ptr& failure) {
      failure_ = failure;
      signals_.cancel();
      io_.stop();
    });
    io_.run();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void listen() {
    signals_.async_wait([this](const boost::system::error_code& ended, int signal) {
      if (ended) return;
      if (signal == SIGINT && interrupted_) std::_Exit(128 + signal);
      interrupted_ = interrupted_ || signal == SIGINT;
      what_.stop();
      listen();
    });
  }

  asio::io_context& io_;
  Runner& what_;
  asio::signal_set signals_;
  std::exception_ptr failure_;
  bool interrupted_ = false;
};

}  // namespace

void run_until_signalled(asio::io_context& io, app& what) { signalled_run(io, what).run(); }
void run_until_signalled(asio::io_context& io, worker& what) { signalled_run(io, what).run(); }

}  // namespace sluice
