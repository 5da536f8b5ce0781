// 128 coroutines that each add one entry at a time.
#include "harness/sluice_program.hpp"

#include <memory>
#include <string>

namespace {

struct progress {
  std::size_t messages;
  std::size_t started = 0;
  std::size_t coroutines = bench::window;
  bench::stopwatch watch{};
};

boost::asio::awaitable<void> add_one_at_a_time(sluice::client redis,
                                               std::shared_ptr<progress> all) {
  sluice::producer out(redis);
  const auto payload = bench::payload();
  while (all->started < all->messages) {
    ++all->started;
    co_await out.add(bench::stream, sluice::fields("payload", payload));
  }
  if (--all->coroutines == 0) all->watch.report(all->messages);
}

boost::asio::awaitable<void> add_all(sluice::client redis, std::size_t messages) {
  co_await redis.connect();
  const auto all = std::make_shared<progress>(progress{.messages = messages});
  for (std::size_t i = 0; i < bench::window; ++i) {
    boost::asio::co_spawn(redis.get_executor(), add_one_at_a_time(redis, all), sluice::rethrow);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(
      what, [&](sluice::client redis) { return add_all(std::move(redis), what.messages); });
}
