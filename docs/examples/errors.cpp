// Errors as exceptions and as values, and what each class of them asks for.

#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <iostream>

namespace asio = boost::asio;

// [errors]
asio::awaitable<void> count_a_visit(sluice::client redis) {
  try {
    co_await redis.connect();
  } catch (const sluice::error& why) {
    std::cerr << "no server: " << why.what() << '\n';  // wrong address, password, rights, …
    co_return;
  }
  auto visits = co_await sluice::as_result(redis.exec("INCR", "visits"));
  if (visits) {
    std::cout << "visit " << visits->as<std::int64_t>() << '\n';
  } else if (visits.error().code() == sluice::error::outcome_unknown) {
    std::cerr << "it may or may not have been counted\n";
  } else if (visits.error().code() == sluice::condition::retryable) {
    std::cerr << "later perhaps: " << visits.error().what() << '\n';
  } else {
    throw visits.error();
  }
}
// [/errors]

int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  {
    const sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
    asio::co_spawn(io, count_a_visit(redis), sluice::rethrow);
  }
  io.run();
}
