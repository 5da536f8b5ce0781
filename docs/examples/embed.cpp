// A TCP server whose clients add entries, and a consumer beside it: one io_context, one thread, one
// connection to Redis, and an end in good order.

#include <sluice/sluice.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;

// [serve]
// Each line of a client becomes an entry. It is answered with the entry's id once that is stored.
asio::awaitable<void> serve(tcp::socket peer, sluice::client redis) {
  sluice::producer out(redis);
  std::string received;
  for (;;) {
    boost::system::error_code gone;
    const auto size =
        co_await asio::async_read_until(peer, asio::dynamic_buffer(received, 65'536), '\n',
                                        asio::redirect_error(asio::use_awaitable, gone));
    if (gone) co_return;
    const auto text = received.substr(0, size - 1);
    received.erase(0, size);
    const auto stored = co_await sluice::as_result(out.add("lines", sluice::fields("text", text)));
    const auto answer = (stored ? stored->to_string() : stored.error().what()) + '\n';
    co_await asio::async_write(peer, asio::buffer(answer),
                               asio::redirect_error(asio::use_awaitable, gone));
  }
}

asio::awaitable<void> accept_clients(tcp::acceptor& door, sluice::client redis) {
  for (;;) {
    boost::system::error_code closed;
    auto peer = co_await door.async_accept(asio::redirect_error(asio::use_awaitable, closed));
    if (closed) co_return;
    asio::co_spawn(door.get_executor(), serve(std::move(peer), redis), sluice::rethrow);
  }
}
// [/serve]

// [stop]
asio::awaitable<void> stop_on_signal(tcp::acceptor& door, sluice::group_consumer& lines) {
  asio::signal_set signals(door.get_executor(), SIGINT, SIGTERM);
  co_await signals.async_wait(asio::use_awaitable);
  door.close();
  lines.close();  // the loop that waits for entries ends
}

asio::awaitable<void> run(std::string url) {
  const auto executor = co_await asio::this_coro::executor;
  sluice::client redis(executor, url);
  co_await redis.connect();  // a wrong address or password ends the program here

  sluice::group_consumer lines(redis, sluice::group("printers").stream("lines"));
  tcp::acceptor door(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  std::cout << "port " << door.local_endpoint().port() << std::endl;

  asio::co_spawn(executor, accept_clients(door, redis), sluice::rethrow);
  asio::co_spawn(executor, stop_on_signal(door, lines), sluice::rethrow);
  while (auto line = co_await lines.get_entry()) {
    std::cout << line->field("text") << std::endl;
    std::move(*line).ack_later();
  }
  co_await lines.flush();  // what was printed is acknowledged
  co_await redis.close();  // what was sent is answered
}

int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  asio::co_spawn(io, run(url != nullptr ? url : "redis://localhost"), [&](std::exception_ptr why) {
    io.stop();  // clients that are still connected do not keep the program
    sluice::rethrow(why);
  });
  io.run();
  std::cout << "done\n";
}
// [/stop]
