// A user's test: a real server of its own, and a fault on the way to it.

#include <sluice/sluice.hpp>
#include <sluice/testing/fault_proxy.hpp>
#include <sluice/testing/private_server.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>

namespace asio = boost::asio;

// True when a command is answered although the link was cut.
asio::awaitable<bool> survives_a_cut(sluice::client redis, sluice::testing::fault_proxy& proxy) {
  co_await redis.connect();
  proxy.reset();
  const auto length = co_await redis.exec(sluice::command("STRLEN").arg("orders").repeatable(true));
  co_return length.as<int>() == 0;
}

int main() {
  sluice::testing::private_server server;
  sluice::testing::fault_proxy proxy(server);
  asio::io_context io;
  bool survived = false;
  asio::co_spawn(io, survives_a_cut(sluice::client(io.get_executor(), proxy.unix_url()), proxy),
                 [&](std::exception_ptr failure, bool answer) { survived = !failure && answer; });
  io.run_for(std::chrono::seconds(30));
  return survived ? 0 : 1;
}
