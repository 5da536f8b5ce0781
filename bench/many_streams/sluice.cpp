// 500 group consumers on one connection.
#include "harness/sluice_program.hpp"
#include "many_streams/streams.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <string>
#include <vector>

namespace {

struct progress {
  std::vector<std::shared_ptr<sluice::group_consumer>> consumers;
  std::size_t messages;
  std::size_t worked_on = 0;
  bench::stopwatch watch{};
};

boost::asio::awaitable<void> work(std::shared_ptr<sluice::group_consumer> entries,
                                  std::shared_ptr<progress> all) {
  while (auto entry = co_await entries->get_entry()) {
    std::move(*entry).ack_later();
    if (++all->worked_on < all->messages) continue;
    all->watch.report(all->messages);
    for (const auto& each : all->consumers) each->close();
  }
  all->consumers.clear();
}

boost::asio::awaitable<void> work_on_all(sluice::client redis, bench::adder_process& adder,
                                         std::size_t messages) {
  const auto all = std::make_shared<progress>(progress{.consumers = {}, .messages = messages});
  for (std::size_t i = 0; i < bench::streams; ++i) {
    auto what = sluice::group(std::string(bench::group)).stream(bench::stream_of(i));
    all->consumers.push_back(std::make_shared<sluice::group_consumer>(redis, std::move(what)));
    boost::asio::co_spawn(redis.get_executor(), work(all->consumers.back(), all), sluice::rethrow);
  }
  boost::asio::steady_timer until_all_wait(redis.get_executor(), std::chrono::milliseconds(500));
  co_await until_all_wait.async_wait(boost::asio::use_awaitable);
  all->watch = bench::stopwatch();
  adder.go();
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  bench::adder_process adder(what);
  return bench::run_program(what, [&](sluice::client redis) {
    return work_on_all(std::move(redis), adder, what.messages);
  });
}
