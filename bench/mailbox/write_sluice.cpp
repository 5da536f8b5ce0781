// 1,024 coroutines of one mailbox that each write one message at a time.
#include "harness/sluice_program.hpp"

#include <sluice/mailbox/mailbox.hpp>

#include <memory>
#include <string>

namespace {

constexpr std::size_t coroutines = 1'024;

struct progress {
  progress(sluice::client redis, std::size_t how_many)
      : box(std::move(redis), "writer"), messages(how_many) {}

  sluice::mailbox box;
  std::size_t messages;
  std::size_t started = 0;
  std::size_t running = coroutines;
  bench::stopwatch watch{};
};

boost::asio::awaitable<void> write_one_at_a_time(std::shared_ptr<progress> all) {
  const auto payload = bench::payload();
  while (all->started < all->messages) {
    ++all->started;
    co_await all->box.write("bench", payload);
  }
  if (--all->running == 0) all->watch.report(all->messages);
}

boost::asio::awaitable<void> write_all(sluice::client redis, std::size_t messages) {
  co_await redis.connect();
  const auto all = std::make_shared<progress>(redis, messages);
  for (std::size_t i = 0; i < coroutines; ++i) {
    boost::asio::co_spawn(redis.get_executor(), write_one_at_a_time(all), sluice::rethrow);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(
      what, [&](sluice::client redis) { return write_all(std::move(redis), what.messages); });
}
