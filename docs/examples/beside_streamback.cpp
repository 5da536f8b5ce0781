// A service among those of Python's streamback: it hears them, answers them, and asks them.
#include <sluice/app/app.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>

namespace asio = boost::asio;
using namespace std::chrono_literals;

// [consumer]
void listen_to_all(sluice::app& consumer) {
  consumer.listen("test_hello_stream", [](sluice::request& what) {
    std::cout << "received: " << what.value() << std::endl;
    for (int i = 0; i < 3; ++i) what.respond({{"hello", i}});
  });
}
// [/consumer]

// [producer]
asio::awaitable<void> greet(sluice::app& producer) {
  auto lane = producer.send("test_hello", {{"something", "Hello world!"}});
  try {
    while (const auto message = co_await lane.read(10s)) std::cout << *message << std::endl;
  } catch (const sluice::error& why) {
    std::cerr << why.what() << std::endl;
  }
}
// [/producer]

// [main]
asio::awaitable<void> serve(const char* streams) {
  const auto here = co_await asio::this_coro::executor;
  sluice::app app(here, streams, "example_app");  // its connections end with it
  listen_to_all(app);
  asio::signal_set signals(here, SIGINT, SIGTERM);
  signals.async_wait([&app](auto ended, int) {
    if (!ended) app.stop();
  });
  asio::co_spawn(here, greet(app), sluice::rethrow);
  co_await app.run();
}

int main() {
  asio::io_context io;
  const char* const streams = std::getenv("STREAMS");
  const char* const usual = "main=redis://localhost:6379&feedback=redis://localhost:6379";
  asio::co_spawn(io, serve(streams != nullptr ? streams : usual), sluice::rethrow);
  io.run();
}
// [/main]
