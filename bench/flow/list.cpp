// A pipeline over a list, whose functions do next to nothing; 2 as third argument keeps elements
// until they are done with.
#include "harness/sluice_program.hpp"

#include <sluice/flow.hpp>

#include <cstddef>
#include <string>

namespace {

namespace flow = sluice::flow;

boost::asio::awaitable<void> run(sluice::client redis, std::size_t messages, bool keep) {
  co_await redis.connect();
  std::size_t done = 0;
  std::size_t bytes = 0;
  const auto size = [](const flow::list_element& which) { return which.text().size(); };
  const auto add = [&](std::size_t more) {
    bytes += more;
    ++done;
  };
  const auto all = flow::lists(std::string(bench::stream)).wait(sluice::waiting::none());
  auto made = flow::from_list(redis, flow::lists(all).keep_until_done(keep)) | flow::map(size) |
              flow::sink(add);
  const bench::stopwatch watch;
  co_await made.run();
  watch.report(messages);
  if (bytes != messages * bench::payload_size) bench::fail("these are other elements");
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(
      what, [&](sluice::client redis) { return run(redis, what.messages, what.consumers == 2); });
}
