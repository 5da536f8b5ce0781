// Reads a channel in portions, each of which counts as read before the next.
#include "harness/sluice_program.hpp"

#include <sluice/mailbox/mailbox.hpp>

#include <string>
#include <vector>

namespace {

boost::asio::awaitable<void> read_all(sluice::client redis, std::size_t messages) {
  co_await redis.connect();
  sluice::mailbox box(redis, "reader");
  const std::vector<std::string> channels{"bench"};
  co_await box.subscribe(channels, sluice::mailbox_start::earliest);
  const bench::stopwatch watch;
  std::size_t done = 0;
  std::size_t bytes = 0;
  while (done < messages) {
    const auto inbox = co_await box.read();
    const auto& came = inbox.at("bench");
    done += came.size();
    for (const auto& each : came) bytes += each.data().as_string().size();
  }
  watch.report(messages);
  if (bytes != messages * bench::payload_size) bench::fail("these are other messages");
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(
      what, [&](sluice::client redis) { return read_all(std::move(redis), what.messages); });
}
