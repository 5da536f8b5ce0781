// Reads a stream without a group, from a wall-clock time on, and drains it.

#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>

namespace asio = boost::asio;
using namespace std::chrono_literals;

// [follow]
asio::awaitable<void> last_hour(sluice::client redis) {
  const auto an_hour_ago = std::chrono::system_clock::now() - 1h;
  sluice::consumer log(
      redis,
      sluice::streams("orders", sluice::start::at(an_hour_ago)).wait(sluice::waiting::none()));
  while (auto order = co_await log.get_entry()) {
    std::cout << order->id_text();
    for (const auto& [name, value] : order->fields()) std::cout << ' ' << name << '=' << value;
    std::cout << '\n';
  }
}
// [/follow]

int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  {
    const sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
    asio::co_spawn(io, last_hour(redis), sluice::rethrow);
  }
  io.run();
}
