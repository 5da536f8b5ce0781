// More cores: each thread has an io_context and a client of its own, and the group shares the work.

#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

// [threads]
asio::awaitable<void> work(sluice::client redis, std::atomic<int>& done) {
  sluice::group_consumer orders(redis, sluice::group("packers").stream("orders").wait(300ms));
  while (auto order = co_await orders.get_entry()) {
    ++done;
    std::move(*order).ack_later();
  }
  co_await orders.flush();
}

int main() {
  const char* const url = std::getenv("REDIS_URL");
  std::atomic<int> done = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      asio::io_context io(1);
      // The coroutine has the only handle: when it is done, run() returns.
      sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
      asio::co_spawn(io, work(std::move(redis), done), sluice::rethrow);
      io.run();
    });
  }
  threads.clear();  // joins them
  std::cout << "packed " << done << " orders\n";
}
// [/threads]
