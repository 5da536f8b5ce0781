// A user's program: its own header-only Asio in the same process as the one compiled into sluice.

#include <sluice/resp/value.hpp>

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

asio::awaitable<void> wait_a_moment() {
  auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, std::chrono::milliseconds(1));
  co_await timer.async_wait(asio::use_awaitable);
}

int main() {
  asio::io_context io;
  bool finished = false;
  asio::co_spawn(io, wait_a_moment(), [&](std::exception_ptr failure) { finished = !failure; });
  io.run();
  std::cout << "consumer finished: " << finished << '\n';
  return finished ? 0 : 1;
}
