// Lists as a source: work that other programs push is done, and its results are pushed; then what a
// coroutine yields is pushed as work.

#include <sluice/flow.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>

namespace asio = boost::asio;
namespace flow = sluice::flow;
using namespace std::chrono_literals;

// [yield]
asio::awaitable<void> pictures(flow::yielder<std::string> yield) {
  for (int page = 1; page <= 3; ++page) co_await yield("page-" + std::to_string(page) + ".png");
}

asio::awaitable<void> order(sluice::client redis) {
  auto pipeline = flow::from(pictures) | flow::to_list(redis, "resize");
  co_await pipeline.run();
}
// [/yield]

// [lists]
asio::awaitable<std::string> resized(const flow::list_element& job) {
  co_return "small/" + job.text();
}

asio::awaitable<void> resize(sluice::client redis) {
  const auto jobs = flow::lists("resize:urgent").list("resize").wait(1s);
  const auto thrice = sluice::retry_policy::exponential(1s, 1min).attempts(3);
  auto pipeline = flow::from_list(redis, jobs) | flow::map(resized).concurrency(8).retry(thrice) |
                  flow::to_list(redis, "resized");
  co_await pipeline.run();
}
// [/lists]

asio::awaitable<void> both(sluice::client redis) {
  co_await order(redis);
  co_await resize(redis);
}

int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  {
    const sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
    asio::co_spawn(io, both(redis), sluice::rethrow);
  }
  io.run();
}
