// Adds entries: one with its id awaited, many through the window, and some at most once.

#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

namespace asio = boost::asio;

// [produce]
asio::awaitable<void> sell(sluice::client redis) {
  sluice::producer out(redis);
  const auto id = co_await out.add("orders", sluice::fields("customer", "c-17", "total", "12.50"));
  std::cout << "added " << id.to_string() << '\n';

  const auto keep_a_million = sluice::add_options().cut(sluice::trim::max_length(1'000'000));
  for (int i = 0; i < 1'000; ++i) {
    const auto customer = "c-" + std::to_string(i);
    co_await out.send("orders", sluice::fields("customer", customer, "total", "1"), keep_a_million);
  }
  co_await out.flush();  // throws the first failure of all that was sent
}
// [/produce]

// [once]
asio::awaitable<void> bill(sluice::client redis) {
  sluice::producer out(redis);
  out.named("billing-api");
  // Sent again if the link breaks, and stored once.
  co_await out.add("bills", sluice::fields("customer", "c-17", "total", "12.50"));

  // Asked for again by a process that took over, it is the entry of the first time.
  const auto how = sluice::add_options().once("order-17");
  const sluice::fields what("order", "17");
  const auto first = co_await out.add("bills", what, how);
  const auto again = co_await out.add("bills", what, how);
  if (first == again) std::cout << "billed once\n";
}
// [/once]

int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  {
    // The last handle ends the connection: when the coroutine is done, run() returns.
    const sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
    asio::co_spawn(io, sell(redis), sluice::rethrow);
    asio::co_spawn(io, bill(redis), sluice::rethrow);
  }
  io.run();
}
