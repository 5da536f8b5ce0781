// A pipeline over a stream, whose functions do next to nothing.
#include "harness/sluice_program.hpp"

#include <sluice/flow.hpp>

#include <cstddef>
#include <string>

namespace {

namespace flow = sluice::flow;

boost::asio::awaitable<void> run(sluice::client redis, std::size_t messages) {
  co_await redis.connect();
  std::size_t done = 0;
  std::size_t bytes = 0;
  flow::pipeline* all = nullptr;
  const auto size = [](const sluice::entry& which) { return which.field("payload").size(); };
  const auto add = [&](std::size_t more) {
    bytes += more;
    if (++done == messages) all->stop();
  };
  const auto from = sluice::streams(std::string(bench::stream), sluice::start::earliest());
  auto made = flow::from_stream(redis, from) | flow::map(size) | flow::sink(add);
  all = &made;
  const bench::stopwatch watch;
  co_await made.run();
  watch.report(messages);
  if (bytes != messages * bench::payload_size) bench::fail("these are other entries");
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(what, [&](sluice::client redis) { return run(redis, what.messages); });
}
