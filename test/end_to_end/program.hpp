// A program that works until SIGTERM, and what it is told of its server.
#pragma once

#include <sluice/redis/client.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <utility>

/// The server is REDIS_URL.
class program {
 public:
  boost::asio::io_context io;
  sluice::client redis{io.get_executor(), std::getenv("REDIS_URL")};

  /// Runs `work` to its end, which SIGTERM asks for by `stop`.
  void run(boost::asio::awaitable<void> work, std::function<void()> stop) {
    boost::asio::signal_set signals(io, SIGTERM);
    signals.async_wait([stop = std::move(stop)](auto ended, int) {
      if (!ended) stop();
    });
    boost::asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& failure) {
      signals.cancel();
      redis.stop();
      if (failure) std::rethrow_exception(failure);
    });
    io.run();
  }
};

/// What `main` returns: 1 for a failure, which is told.
inline int exit_code_of(const std::function<void()>& all) {
  try {
    all();
    return 0;
  } catch (const std::exception& why) {
    std::cerr << why.what() << '\n';
    return 1;
  }
}
