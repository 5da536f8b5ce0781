// How long does a PING take on the connection that 1,000 group consumers wait on, each for a stream
// of its own?
#include "harness/sluice_program.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <string>
#include <vector>

namespace {

constexpr std::size_t consumers = 1000;

boost::asio::awaitable<void> wait_for_one(std::shared_ptr<sluice::group_consumer> entries) {
  co_await entries->get_entry();
}

boost::asio::awaitable<void> ping(sluice::client redis, std::size_t messages) {
  co_await redis.connect();
  std::vector<std::shared_ptr<sluice::group_consumer>> waiting;
  for (std::size_t i = 0; i < consumers; ++i) {
    auto what = sluice::group(std::string(bench::group)).stream("bench:" + std::to_string(i));
    waiting.push_back(std::make_shared<sluice::group_consumer>(redis, std::move(what)));
    boost::asio::co_spawn(redis.get_executor(), wait_for_one(waiting.back()), sluice::rethrow);
  }
  boost::asio::steady_timer until_all_wait(redis.get_executor(), std::chrono::seconds(1));
  co_await until_all_wait.async_wait(boost::asio::use_awaitable);

  std::vector<long long> times;
  while (times.size() < messages) {
    const auto begin = bench::now_ns();
    co_await redis.ping();
    times.push_back(bench::now_ns() - begin);
  }
  bench::report_latencies(std::move(times));
  for (const auto& each : waiting) each->close();
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(
      what, [&](sluice::client redis) { return ping(std::move(redis), what.messages); });
}
