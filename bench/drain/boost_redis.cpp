// Drains a group with Boost.Redis: two coroutines, so that a batch is asked for while another is
// worked on, and each acknowledges its own.
#include "drain/drain.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/redis/connection.hpp>
#include <boost/redis/src.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace redis = boost::redis;

struct progress {
  std::size_t messages;
  std::size_t worked_on = 0;
  bool reported = false;
  bench::stopwatch watch{};
};

// The ids of a batch: in RESP3 it is a map of one stream to its entries, and an entry's id is the
// one string at its depth.
std::vector<std::string> ids_of(const redis::generic_response& batch) {
  std::vector<std::string> ids;
  if (!batch) bench::fail("the batch is an error");
  for (const auto& node : batch.value()) {
    if (node.depth == 3 && node.data_type == redis::resp3::type::blob_string) {
      ids.push_back(node.value);
    }
  }
  return ids;
}

boost::asio::awaitable<void> drain(std::shared_ptr<redis::connection> link,
                                   std::shared_ptr<progress> all) {
  while (all->worked_on < all->messages) {
    redis::request read;
    read.push("XREADGROUP", "GROUP", bench::group, "boost", "COUNT", bench::batch_size, "STREAMS",
              bench::stream, ">");
    redis::generic_response batch;
    co_await link->async_exec(read, batch, boost::asio::deferred);
    const auto ids = ids_of(batch);
    if (ids.empty()) co_return;
    redis::request acknowledge;
    std::vector<std::string> arguments{std::string(bench::group)};
    arguments.insert(arguments.end(), ids.begin(), ids.end());
    acknowledge.push_range("XACK", bench::stream, arguments);
    redis::response<long long> count;
    co_await link->async_exec(acknowledge, count, boost::asio::deferred);
    all->worked_on += ids.size();
  }
  if (std::exchange(all->reported, true)) co_return;
  all->watch.report(all->worked_on);
  link->cancel();
}

boost::asio::awaitable<void> drain_all(std::shared_ptr<redis::connection> link,
                                       std::size_t messages) {
  redis::request ping;
  ping.push("PING");
  redis::response<std::string> pong;
  co_await link->async_exec(ping, pong, boost::asio::deferred);
  const auto all = std::make_shared<progress>(progress{.messages = messages});
  for (int i = 0; i < 2; ++i) {
    boost::asio::co_spawn(link->get_executor(), drain(link, all), boost::asio::detached);
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
  boost::asio::co_spawn(io, drain_all(link, what.messages), boost::asio::detached);
  io.run();
}
