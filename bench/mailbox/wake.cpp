// A reader of so many channels (the third argument) waits for one message at a time, each of which
// is in another channel.
#include "harness/sluice_program.hpp"

#include <sluice/mailbox/mailbox.hpp>

#include <string>
#include <utility>
#include <vector>

namespace {

boost::asio::awaitable<void> exchange(sluice::client redis, bench::task what) {
  co_await redis.connect();
  sluice::client other(redis.get_executor(), what.server.url());
  sluice::mailbox reader(redis, "reader");
  sluice::mailbox writer(other, "writer");
  std::vector<std::string> channels;
  for (std::size_t i = 0; i < what.consumers; ++i) channels.push_back("c" + std::to_string(i));
  co_await reader.subscribe(channels);
  co_await reader.read(std::chrono::milliseconds(1));
  const auto payload = bench::payload();
  const bench::stopwatch watch;
  for (std::size_t i = 0; i < what.messages; ++i) {
    co_await writer.write(channels[i % channels.size()], payload);
    const auto inbox = co_await reader.read(sluice::waiting::for_ever());
    if (inbox.size() != 1) bench::fail("a message is missing");
  }
  watch.report(what.messages);
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(what,
                            [&](sluice::client redis) { return exchange(std::move(redis), what); });
}
