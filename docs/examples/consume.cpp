// A member of a consumer group: works on orders, acknowledges them, and lives through errors.

#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace asio = boost::asio;

asio::awaitable<void> charge(std::string_view customer, std::string_view total) {
  std::cout << "charging " << customer << ' ' << total << std::endl;
  co_return;
}

// [consume]
asio::awaitable<void> bill(sluice::client redis) {
  sluice::group_consumer orders(redis, sluice::group("billing").stream("orders"));
  while (auto order = co_await orders.get_entry()) {
    try {
      co_await charge(order->field("customer"), order->field("total"));
      co_await std::move(*order).ack();
    } catch (const sluice::error& why) {
      std::cerr << why.what() << '\n';  // it stays pending and comes again
    }
  }
}

int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
  asio::co_spawn(io, bill(redis), sluice::rethrow);
  io.run();
}
// [/consume]
