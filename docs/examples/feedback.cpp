// Conversations: a stream of answers at its reader's pace, answers of several apps, a deadline, a
// change of mind, a failure, and one that another process goes on with.
#include <sluice/app/app.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;

// [answers]
asio::awaitable<void> list_orders(sluice::request& what) {
  for (int number = 1; number <= 1'000; ++number) {
    what.respond({{"order", number}});
    co_await what.room();  // as fast as they are read
  }
}
// [/answers]

// [slow]
asio::awaitable<void> write_report(sluice::request& what) {
  const auto left = what.time_left();  // empty where the sender named no time
  if (left && *left < 100ms) throw std::runtime_error("that is not enough");
  what.respond({{"page", 1}});
  asio::steady_timer second_page(co_await asio::this_coro::executor, 1h);
  co_await second_page.async_wait(asio::use_awaitable);  // throws once nobody wants it any more
  what.respond({{"page", 2}});
}
// [/slow]

// [stream]
asio::awaitable<void> count_orders(sluice::app& web) {
  auto orders = web.send("orders", {{"customer", "c-17"}});
  int count = 0;
  while (const auto order = co_await orders.next()) ++count;
  std::cout << count << " orders" << std::endl;
}
// [/stream]

// [groups]
asio::awaitable<void> ask_both(sluice::app& web) {
  auto stock = web.send("stock", "lamp", sluice::send_options().answered_by({"north", "south"}));
  const auto south = co_await stock.read_as<int>(10s, "south");
  const auto north = co_await stock.read_as<int>(10s, "north");  // still there if it came first
  if (north && south) std::cout << *north << " north, " << *south << " south" << std::endl;
}
// [/groups]

// [deadline]
asio::awaitable<void> ask_in_time(sluice::app& web) {
  auto report = web.send("report", nullptr, sluice::send_options().within(1s));
  try {
    while (const auto page = co_await report.read(2s)) std::cout << *page << std::endl;
  } catch (const sluice::error& why) {
    const bool late = why.code() == sluice::error::feedback_timeout;  // nobody began
    const bool ended = why.code() == sluice::error::feedback_error;   // who had begun was stopped
    if (!late && !ended) throw;
    std::cout << "no second page in time" << std::endl;
  }
}
// [/deadline]

// [cancel]
asio::awaitable<void> change_its_mind(sluice::app& web) {
  auto report = web.send("report", nullptr);
  co_await report.read(10s);
  report.cancel();
  try {
    co_await report.read(10s);
  } catch (const sluice::error& why) {
    if (why.code() != sluice::error::feedback_error) throw;
    std::cout << why.why().server_text() << std::endl;  // whose words they are: why.why().group()
  }
}
// [/cancel]

// [resume]
asio::awaitable<std::string> begin(sluice::app& here) {
  auto stock = here.send("stock", "lamp", sluice::send_options().resumable(true));
  co_await stock.sent();
  co_return stock.id();  // a text: keep it where the other process finds it
}

asio::awaitable<void> go_on(sluice::app& elsewhere, std::string id) {
  auto stock = elsewhere.continue_lane(id);
  const auto answer = co_await stock.read_as<int>(10s);
  if (answer) std::cout << "elsewhere: " << *answer << std::endl;
}
// [/resume]

asio::awaitable<void> example(sluice::client redis, sluice::app& north, sluice::app& south) {
  sluice::app web(redis, "web");
  co_await count_orders(web);
  co_await ask_both(web);
  co_await ask_in_time(web);
  co_await change_its_mind(web);
  north.stop();
  const auto id = co_await begin(web);
  sluice::app elsewhere(redis, "elsewhere");
  co_await go_on(elsewhere, id);
  south.stop();
}

int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
  sluice::app north(redis, "north"), south(redis, "south");
  north.listen("orders", list_orders).listen("report", write_report);
  north.listen("stock", [](const std::string&) { return 3; });
  south.listen("stock", [](const std::string&) { return 5; });
  asio::co_spawn(io, north.run(), sluice::rethrow);
  asio::co_spawn(io, south.run(), sluice::rethrow);
  asio::co_spawn(io, example(redis, north, south), [&redis](std::exception_ptr failure) {
    redis.stop();
    sluice::rethrow(failure);
  });
  io.run();
}
