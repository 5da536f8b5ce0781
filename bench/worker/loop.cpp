// Works on a group in a loop of its own, as a program without a worker does.
#include "harness/sluice_program.hpp"
#include "worker/membership.hpp"

#include <cstddef>
#include <utility>

namespace {

boost::asio::awaitable<void> work(sluice::client redis, std::size_t messages) {
  co_await redis.connect();
  sluice::group_consumer entries(redis, bench::beating_member());
  const bench::stopwatch watch;
  std::size_t bytes = 0;
  for (std::size_t worked_on = 0; worked_on < messages; ++worked_on) {
    auto entry = co_await entries.get_entry();
    bytes += entry->field("payload").size();
    std::move(*entry).ack_later();
  }
  co_await entries.flush();
  watch.report(messages);
  if (bytes != messages * bench::payload_size) bench::fail("these are other entries");
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(what, [&](sluice::client redis) { return work(redis, what.messages); });
}
