#include "sluice/process/run_until_signalled.hpp"

#include "process/ignored_signal.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <memory>

namespace sluice {
namespace asio = boost::asio;
namespace {

// It may be outlived by what it began, where somebody else stops the context.
template <class Runner>
class signalled_run final : public std::enable_shared_from_this<signalled_run<Runner>> {
 public:
  signalled_run(asio::io_context& io, Runner& what) : io_(io), what_(&what), signals_(io) {
    for (const int each : {SIGTERM, SIGINT}) {
      if (!is_ignored(each)) signals_.add(each);
    }
  }

  void run() {
    listen();
    asio::co_spawn(io_, what_->run(),
                   [self = this->shared_from_this()](const std::exception_ptr& failure) {
                     self->failure_ = failure;
                     self->io_.stop();
                   });
    io_.restart();
    io_.run();
    what_ = nullptr;
    signals_.cancel();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void listen() {
    signals_.async_wait([self = this->shared_from_this()](auto ended, int signal) {
      if (!ended && self->what_ != nullptr) self->on_signal(signal);
    });
  }

  // SIGTERM may come more than once, of several who want the same; whoever presses Ctrl-C again is
  // out of patience.
  void on_signal(int signal) {
    if (signal == SIGINT && interrupted_) std::_Exit(128 + signal);
    interrupted_ = interrupted_ || signal == SIGINT;
    what_->stop();
    listen();
  }

  asio::io_context& io_;
  Runner* what_;
  asio::signal_set signals_;
  std::exception_ptr failure_;
  bool interrupted_ = false;
};

template <class Runner>
void run(asio::io_context& io, Runner& what) {
  std::make_shared<signalled_run<Runner>>(io, what)->run();
}

}  // namespace

void run_until_signalled(asio::io_context& io, app& what) { run(io, what); }
void run_until_signalled(asio::io_context& io, worker& what) { run(io, what); }

}  // namespace sluice
