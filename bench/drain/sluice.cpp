// Drains a group entry by entry, as a service would.
#include "drain/drain.hpp"
#include "harness/sluice_program.hpp"

#include <sluice/sluice.hpp>

#include <string>

namespace {

sluice::group membership() {
  sluice::group all{std::string(bench::group)};
  all.stream(std::string(bench::stream)).prefetch(2 * bench::batch_size);
  return all.wait(sluice::waiting::none());
}

boost::asio::awaitable<void> drain(sluice::client redis, std::size_t messages) {
  co_await redis.connect();
  sluice::group_consumer entries(redis, membership());
  const bench::stopwatch watch;
  std::size_t worked_on = 0;
  std::size_t bytes = 0;
  while (auto entry = co_await entries.get_entry()) {
    bytes += entry->field("payload").size();
    std::move(*entry).ack_later();
    ++worked_on;
  }
  co_await entries.flush();
  watch.report(worked_on);
  if (worked_on != messages || bytes != messages * bench::payload_size) {
    bench::fail("the stream has fewer entries");
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(what,
                            [&](sluice::client redis) { return drain(redis, what.messages); });
}
