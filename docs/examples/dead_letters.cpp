// Looks at the dead letters of a stream, and brings some of them back.
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <iostream>

namespace asio = boost::asio;

// [redrive]
asio::awaitable<void> mend(sluice::client redis) {
  const sluice::dead_letters dead(redis, sluice::dead_letters::stream_of("orders"));
  for (const auto& letter : co_await dead.list()) {
    std::cout << letter.entry().to_string() << " of " << letter.group() << ": " << letter.reason()
              << ", delivered " << letter.deliveries() << " times\n";
    if (letter.field("total") == "12,50") {
      const sluice::fields mended("customer", letter.field("customer"), "total", "12.50");
      co_await dead.redrive(letter.id(), mended);
    } else {
      co_await dead.redrive(letter.id());
    }
  }
}
// [/redrive]

int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  {
    // The last handle ends the connection: when the coroutine is done, run() returns.
    const sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
    asio::co_spawn(io, mend(redis), sluice::rethrow);
  }
  io.run();
}
