// One consumer of several streams: each from a place of its own, read ahead, taken in batches.

#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;

// [streams]
asio::awaitable<void> count(sluice::client redis) {
  sluice::streams what("orders", sluice::start::earliest());
  what.stream("invoices", sluice::start::last(10)).stream("log");
  what.prefetch(500).wait(200ms);

  sluice::consumer all(redis, what);
  std::map<std::string, int> seen;
  for (;;) {
    const auto batch = co_await all.get_batch(100);
    if (batch.empty()) break;  // nothing came for 200 ms
    for (const auto& each : batch) ++seen[each.stream()];
  }
  for (const auto& [name, entries] : seen) {
    // Kept somewhere, start::after(position) goes on behind it.
    std::cout << name << ": " << entries << ", up to " << all.position(name)->to_string() << '\n';
  }
}
// [/streams]

int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  {
    const sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
    asio::co_spawn(io, count(redis), sluice::rethrow);
  }
  io.run();
}
