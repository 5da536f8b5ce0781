#include "session.hpp"

#include <sluice/core/error.hpp>
#include <sluice/redis/options.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <utility>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

int code_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const error& why) {
    complain(why.what());
    return why.code() == errc::invalid_argument ? usage : trouble;
  } catch (const std::exception& why) {
    complain(why.what());
  }
  return trouble;
}

}  // namespace

void stop_signal::on_request(std::function<void()> act) {
  act_ = std::move(act);
  if (requested_) act_();
}

void stop_signal::request() {
  requested_ = true;
  if (act_) act_();
}

void complain(const std::string& what) { std::cerr << "sluice: " << what << '\n'; }

int run(const std::string& url, const verb& act) {
  // A reader that goes away shows as a failed write, which says when to stop.
  std::signal(SIGPIPE, SIG_IGN);
  asio::io_context io;
  stop_signal stopping;
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code& ended, int) {
    if (ended) return;
    signals.async_wait([](const boost::system::error_code& again, int) {
      if (!again) std::_Exit(interrupted);
    });
    stopping.request();
  });
  int code = trouble;
  try {
    connection_options options(url);
    if (options.name().empty()) options.name("sluice-cli");
    client redis(io.get_executor(), options);
    asio::co_spawn(io, act(redis, stopping), [&](std::exception_ptr failure, int result) {
      code = failure ? code_of(failure) : result;
      signals.cancel();
      redis.stop();
    });
    io.run();
  } catch (const error& why) {
    complain(why.what());
    return why.code() == errc::invalid_url ? usage : trouble;
  }
  return code;
}

}  // namespace sluice::cli
