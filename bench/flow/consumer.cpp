// Reads a stream in a loop of its own, as a program without a pipeline does.
#include "harness/sluice_program.hpp"

#include <cstddef>
#include <string>

namespace {

boost::asio::awaitable<void> read(sluice::client redis, std::size_t messages) {
  co_await redis.connect();
  sluice::consumer entries(redis,
                           sluice::streams(std::string(bench::stream), sluice::start::earliest()));
  const bench::stopwatch watch;
  std::size_t bytes = 0;
  for (std::size_t done = 0; done < messages; ++done) {
    const auto entry = co_await entries.get_entry();
    bytes += entry->field("payload").size();
  }
  watch.report(messages);
  if (bytes != messages * bench::payload_size) bench::fail("these are other entries");
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(what, [&](sluice::client redis) { return read(redis, what.messages); });
}
