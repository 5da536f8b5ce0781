// A program's own tests, against a real server and through a proxy that breaks things.

#include <sluice/sluice.hpp>
#include <sluice/testing/fault_proxy.hpp>
#include <sluice/testing/private_server.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <chrono>
#include <string>
#include <utility>

namespace asio = boost::asio;
using namespace std::chrono_literals;

// [testing]
using sluice::testing::fault_proxy;
using sluice::testing::private_server;

// What is to be tested: the sum of all orders that are there.
asio::awaitable<void> sum_orders(sluice::client redis, int& sum) {
  sluice::group_consumer orders(
      redis, sluice::group("sums").stream("orders").wait(sluice::waiting::none()));
  while (auto order = co_await orders.get_entry()) {
    sum += std::stoi(std::string(order->field("total")));
    co_await std::move(*order).ack();
  }
}

int sum_through(const std::string& url) {
  asio::io_context io;
  int sum = 0;
  sluice::client redis(io.get_executor(), url);
  asio::co_spawn(io, sum_orders(std::move(redis), sum), sluice::rethrow);
  io.run_for(10s);  // a test that hangs fails instead
  REQUIRE(io.stopped());
  return sum;
}

TEST_CASE("all orders are summed and acknowledged") {
  private_server server;
  for (int i = 0; i < 100; ++i) server.command({"XADD", "orders", "*", "total", "2"});
  CHECK(sum_through(server.url()) == 200);
  CHECK(server.command({"XPENDING", "orders", "sums"}).starts_with("0\n"));
}

TEST_CASE("a lost acknowledgement does not make an order count twice") {
  private_server server;
  fault_proxy proxy(server);
  for (int i = 0; i < 100; ++i) server.command({"XADD", "orders", "*", "total", "2"});
  proxy.requests().slice(7);      // commands arrive in pieces of seven bytes
  proxy.reset_after_replies(60);  // and the link breaks in the middle of the work
  CHECK(sum_through(proxy.url()) == 200);
  CHECK(proxy.connections() == 2);  // it came back once
  CHECK(server.command({"XPENDING", "orders", "sums"}).starts_with("0\n"));
}
// [/testing]
