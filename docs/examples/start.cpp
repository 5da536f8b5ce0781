// The smallest whole program: connects, adds an entry, reads what is there.

#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <iostream>
#include <utility>

// [start]
boost::asio::awaitable<void> greet(sluice::client redis) {
  co_await redis.connect();
  std::cout << "this is " << redis.server().server() << ' ' << redis.server().version_text()
            << '\n';

  sluice::producer out(redis);
  co_await out.add("greetings", sluice::fields("text", "hello"));

  sluice::streams what("greetings", sluice::start::earliest());
  what.wait(sluice::waiting::none());
  sluice::consumer in(redis, what);
  while (auto each = co_await in.get_entry()) {
    std::cout << each->id_text() << ' ' << each->field("text") << '\n';
  }
}

int main() {
  boost::asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
  boost::asio::co_spawn(io, greet(std::move(redis)), sluice::rethrow);
  io.run();  // returns when the coroutine, which has the only handle, is done
}
// [/start]
