// Calls a service and waits for its answer; the third argument is how many calls are in flight.
#include "harness/sluice_program.hpp"

#include <sluice/app/app.hpp>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;

struct calls {
  sluice::app from;
  std::size_t left;
  bench::stopwatch watch{};
  boost::json::value payload{boost::json::string(bench::payload())};
  std::vector<long long> took{};
};

// The last of the callers to end lets go of them.
struct report {
  ~report() {
    all.watch.report(all.took.size());
    bench::report_latencies(std::move(all.took));
  }
  calls all;
};

boost::asio::awaitable<void> call(std::shared_ptr<report> shared) {
  auto& all = shared->all;
  while (all.left > 0) {
    --all.left;
    const auto begun = bench::now_ns();
    auto lane = all.from.send("bench:calls", all.payload);
    const auto answer = co_await lane.read(10s);
    if (!answer) bench::fail("a call without an answer");
    all.took.push_back(bench::now_ns() - begun);
  }
}

boost::asio::awaitable<void> call_all(sluice::client redis, bench::task what) {
  sluice::app from(redis, "caller");
  // The first one finds the service ready.
  auto lane = from.send("bench:calls", "ready?");
  co_await lane.read(10s);
  const auto here = co_await boost::asio::this_coro::executor;
  const auto shared = std::make_shared<report>(calls{std::move(from), what.messages});
  for (std::size_t i = 0; i < what.consumers; ++i) {
    boost::asio::co_spawn(here, call(shared), sluice::rethrow);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(what, [&](sluice::client redis) { return call_all(redis, what); });
}
