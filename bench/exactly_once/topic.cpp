// Settles messages one after the other, each once.
#include "exactly_once/messages.hpp"
#include "harness/sluice_program.hpp"

#include <sluice/topic/topic_consumer.hpp>

#include <boost/json/value.hpp>

#include <cstddef>
#include <string>

namespace {

boost::asio::awaitable<void> settle_all(sluice::client redis, std::size_t messages) {
  co_await redis.connect();
  sluice::topic_consumer in(
      redis, sluice::topic_group(std::string(bench::group)).read_ahead(bench::batch_size));
  std::size_t worked_on = 0;
  std::size_t bytes = 0;
  in.on(std::string(bench::topic),
        [&](sluice::topic_delivery& what) -> boost::asio::awaitable<void> {
          bytes += what.data().as_string().size();
          if (++worked_on == messages) in.stop();
          co_return;
        });
  const bench::stopwatch watch;
  co_await in.run();
  watch.report(in.counters().settled);
  if (in.counters().settled != messages || bytes != messages * bench::payload_size) {
    bench::fail("these are other messages");
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(what,
                            [&](sluice::client redis) { return settle_all(redis, what.messages); });
}
