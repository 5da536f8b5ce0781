// Plays coroutines of a test on an io_context, for a bounded time, and says what came of them.
#pragma once

#include "support/catch.hpp"

#include <sluice/core/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <utility>

namespace scene {

using namespace std::chrono_literals;
namespace asio = boost::asio;

/// Runs `act` until it ends and rethrows what it throws. A test that hangs fails instead: after
/// `limit` the coroutine is left suspended, to be destroyed with the io_context.
///
/// The io_context may be used again afterwards; what else runs on it goes on then.
inline void play(asio::io_context& io, std::function<asio::awaitable<void>()> act,
                 std::chrono::milliseconds limit = 20s) {
  bool finished = false;
  std::exception_ptr failure;
  asio::co_spawn(io, std::move(act), [&](std::exception_ptr thrown) {
    finished = true;
    failure = std::move(thrown);
    io.stop();
  });
  io.restart();
  io.run_for(limit);
  if (failure) std::rethrow_exception(failure);
  INFO("the scene did not end within " << limit.count() << " ms");
  REQUIRE(finished);
}

/// Runs everything that is left on the io_context and requires that it runs out of work, as a
/// program's `main` expects of `io_context::run()`.
inline void play_out(asio::io_context& io, std::chrono::milliseconds limit = 20s) {
  io.restart();
  io.run_for(limit);
  INFO("there is still work after " << limit.count() << " ms");
  REQUIRE(io.stopped());
}

/// Lets time pass inside a scene.
inline asio::awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

/// Starts a coroutine beside the scene. What it throws comes out of `play`.
inline void beside(asio::io_context& io, std::function<asio::awaitable<void>()> act) {
  asio::co_spawn(io, std::move(act), [](std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
}

/// The error code that a call throws; success when it throws nothing.
inline boost::system::error_code code_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const boost::system::system_error& failure) {
    return failure.code();
  }
  return {};
}

}  // namespace scene
