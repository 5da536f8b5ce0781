// A user's program: its own header-only Asio in the same process as the one compiled into sluice.

#include <sluice/sluice.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <iostream>

namespace asio = boost::asio;

// Nobody listens on port 1: the failure comes out of the library's Asio through the user's.
asio::awaitable<bool> is_refused() {
  auto executor = co_await asio::this_coro::executor;
  asio::steady_timer pause(executor, std::chrono::milliseconds(1));
  co_await pause.async_wait(asio::use_awaitable);

  sluice::client redis(executor, "redis://127.0.0.1:1");
  bool refused = false;
  try {
    co_await redis.connect();
  } catch (const sluice::error& failure) {
    refused = failure.code() == sluice::errc::connection_refused;
    std::cout << failure.what() << '\n';
  }
  redis.stop();
  co_return refused;
}

int main() {
  asio::io_context io;
  bool refused = false;
  asio::co_spawn(io, is_refused(),
                 [&](std::exception_ptr failure, bool answer) { refused = !failure && answer; });
  io.run_for(std::chrono::seconds(30));
  return refused ? 0 : 1;
}
