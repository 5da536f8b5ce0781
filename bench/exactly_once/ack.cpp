// Acknowledges the same messages one after the other, and waits for the server's word on each.
#include "exactly_once/messages.hpp"
#include "harness/sluice_program.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace {

boost::asio::awaitable<void> acknowledge_all(sluice::client redis, std::size_t messages) {
  co_await redis.connect();
  sluice::group all{std::string(bench::group)};
  all.stream(std::string(bench::topic_stream)).prefetch(bench::batch_size);
  sluice::group_consumer in(redis, all);
  const bench::stopwatch watch;
  std::size_t bytes = 0;
  for (std::size_t worked_on = 0; worked_on < messages; ++worked_on) {
    auto entry = co_await in.get_entry();
    bytes += entry->field("data").size();
    co_await std::move(*entry).ack();
  }
  watch.report(messages);
  // Its data is a text in quotes.
  if (bytes != messages * (bench::payload_size + 2)) bench::fail("these are other messages");
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(
      what, [&](sluice::client redis) { return acknowledge_all(redis, what.messages); });
}
