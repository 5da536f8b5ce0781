// 128 coroutines that each add one entry at a time, with Boost.Redis.
#include "harness/measurement.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/redis/connection.hpp>
#include <boost/redis/src.hpp>

#include <memory>
#include <string>

namespace {

namespace redis = boost::redis;

struct progress {
  std::size_t messages;
  std::size_t started = 0;
  std::size_t coroutines = bench::window;
  bench::stopwatch watch{};
};

boost::asio::awaitable<void> add_one_at_a_time(std::shared_ptr<redis::connection> link,
                                               std::shared_ptr<progress> all) {
  const auto payload = bench::payload();
  while (all->started < all->messages) {
    ++all->started;
    redis::request add;
    add.push("XADD", bench::stream, "*", "payload", payload);
    redis::response<std::string> id;
    co_await link->async_exec(add, id, boost::asio::deferred);
  }
  if (--all->coroutines > 0) co_return;
  all->watch.report(all->messages);
  link->cancel();
}

boost::asio::awaitable<void> add_all(std::shared_ptr<redis::connection> link,
                                     std::size_t messages) {
  redis::request ping;
  ping.push("PING");
  redis::response<std::string> pong;
  co_await link->async_exec(ping, pong, boost::asio::deferred);
  const auto all = std::make_shared<progress>(progress{.messages = messages});
  for (std::size_t i = 0; i < bench::window; ++i) {
    boost::asio::co_spawn(link->get_executor(), add_one_at_a_time(link, all),
                          boost::asio::detached);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  boost::asio::io_context io(1);
  const auto link = std::make_shared<redis::connection>(io);
  redis::config where;
  where.addr.host = what.server.host();
  where.addr.port = std::to_string(what.server.port());
  link->async_run(where, redis::logger(redis::logger::level::err), boost::asio::detached);
  boost::asio::co_spawn(io, add_all(link, what.messages), boost::asio::detached);
  io.run();
}
