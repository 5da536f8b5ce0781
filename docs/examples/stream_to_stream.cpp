// Pipelines: orders become invoices, exactly once, and what is worth a look goes into a file.

#include <sluice/flow.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace asio = boost::asio;
namespace flow = sluice::flow;
using namespace std::chrono_literals;

// [once]
sluice::fields invoice(const sluice::entry& order) {
  const auto total = order.field("total");
  if (total.empty()) throw std::invalid_argument("an order without a total");
  return sluice::fields("order", order.id_text(), "amount", total);
}

asio::awaitable<void> invoices(sluice::client redis) {
  const auto orders = sluice::group("invoices").stream("{shop}:orders").wait(1s);
  auto pipeline = flow::from_group(redis, orders) | flow::map(invoice) |
                  flow::on_error(sluice::verdict::reject("unreadable")) |
                  flow::to_stream_once(redis, "{shop}:invoices");
  pipeline.on_failed([](std::string_view stage, const std::exception_ptr& why) {
    std::printf("%.*s: %s\n", static_cast<int>(stage.size()), stage.data(),
                sluice::thrown_text(why).c_str());
  });
  co_await pipeline.run();
}
// [/once]

// [branch]
std::string line(const sluice::entry& order) {
  return std::string(order.id_text()) + ' ' + std::string(order.field("total"));
}

bool is_large(const sluice::entry& order) { return order.field("total").size() > 3; }

asio::awaitable<void> watch(sluice::client redis, std::string path) {
  const auto orders = sluice::group("watch").stream("{shop}:orders").wait(1s);
  int seen = 0;
  auto pipeline = flow::from_group(redis, orders) |
                  flow::branch(flow::sink([&seen](const sluice::entry&) { ++seen; }),
                               flow::filter(is_large) | flow::map(line) | flow::partition(100, 1s) |
                                   flow::to_file(path));
  co_await pipeline.run();
  std::printf("saw %d orders\n", seen);
}
// [/branch]

int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  {
    const sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
    asio::co_spawn(io, invoices(redis), sluice::rethrow);
    const char* const path = std::getenv("LARGE_ORDERS");
    asio::co_spawn(io, watch(redis, path != nullptr ? path : "large-orders"), sluice::rethrow);
  }
  io.run();
}
