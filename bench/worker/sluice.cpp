// Works on a group with a worker whose handler does next to nothing; the third argument is how many
// entries it may have in hand at once.
#include "harness/sluice_program.hpp"
#include "worker/membership.hpp"

#include <sluice/group/worker.hpp>

#include <cstddef>
#include <optional>

namespace {

struct progress {
  std::size_t messages;
  std::size_t worked_on = 0;
  std::size_t bytes = 0;
  std::optional<sluice::worker> all{};
};

boost::asio::awaitable<void> handle(progress& so_far, sluice::delivery& which) {
  so_far.bytes += which.field("payload").size();
  if (++so_far.worked_on == so_far.messages) so_far.all->stop();
  co_return;
}

boost::asio::awaitable<void> work(sluice::client redis, const bench::task& what) {
  co_await redis.connect();
  progress so_far{.messages = what.messages};
  so_far.all.emplace(
      redis, bench::beating_member(),
      [&so_far](sluice::delivery& which) { return handle(so_far, which); },
      sluice::concurrency(what.consumers));
  const bench::stopwatch watch;
  co_await so_far.all->run();
  watch.report(so_far.worked_on);
  if (so_far.bytes != what.messages * bench::payload_size) bench::fail("these are other entries");
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(what, [&](sluice::client redis) { return work(redis, what); });
}
