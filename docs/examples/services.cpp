// Services: messages that nobody answers, messages that are answered, several listeners of one
// topic, many messages at once, second attempts.
#include <sluice/app/app.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;

// [listen]
void listen_to_all(sluice::app& warehouse) {
  // Whoever sends it does not wait.
  warehouse.listen("parcel.arrived", [](sluice::request& what) {
    std::cout << "arrived: " << what.value() << std::endl;
  });

  // What a handler returns is the answer.
  warehouse.listen("stock", sluice::arguments("article"),
                   [](const std::string& article) { return article == "lamp" ? 3 : 0; });

  // The same by hand; respond() may be called again.
  warehouse.listen("greet", [](sluice::request& what) { what.respond({{"hello", what.value()}}); });
}
// [/listen]

// [options]
void print_label(sluice::request& what) {
  if (what.attempt() == 1) throw std::runtime_error("the printer is out of paper");
  std::cout << "label for " << what.value() << std::endl;
}

void listen_to_orders(sluice::app& warehouse) {
  // Each order goes to both listeners, one after the other; eight orders are worked on at once.
  const auto eight = sluice::listener_options().concurrency(8);
  warehouse.listen(
      "order", [](sluice::request& what) { std::cout << "packed " << what.value() << std::endl; },
      eight);

  // A listener that fails is tried again in its place, without the other one.
  auto again = sluice::retry_policy::exponential(10ms, 1s).attempts(3);
  again.only_for<std::runtime_error>();
  warehouse.listen("order", print_label, sluice::listener_options().retry(again));
}
// [/options]

// [ask]
asio::awaitable<void> ask(sluice::app& shop) {
  shop.send("parcel.arrived", {{"number", 17}});  // leaves by itself

  auto stock = shop.send("stock", {{"article", "lamp"}});
  const auto count = co_await stock.read_as<int>(10s);
  if (count) std::cout << *count << " lamps" << std::endl;

  auto greeting = shop.send("greet", "shop");
  const auto answer = co_await greeting.read(10s);
  if (answer) std::cout << *answer << std::endl;

  auto order = shop.send("order", "o-1");
  const auto none = co_await order.read(10s);  // empty: the listeners are done, and said nothing
  if (!none) std::cout << "the order is on its way" << std::endl;
}
// [/ask]

asio::awaitable<void> example(sluice::client redis) {
  sluice::app shop(redis, "shop");
  co_await ask(shop);
}

// [run]
int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
  sluice::app warehouse(redis, "warehouse");
  listen_to_all(warehouse);
  listen_to_orders(warehouse);

  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&warehouse](auto ended, int) {
    if (!ended) warehouse.stop();  // handlers finish; what is queued stays for other processes
  });
  asio::co_spawn(io, warehouse.run(), [&](std::exception_ptr failure) {
    signals.cancel();
    redis.stop();
    if (failure) std::rethrow_exception(failure);
  });
  asio::co_spawn(io, example(redis), sluice::rethrow);
  io.run();
}
// [/run]
