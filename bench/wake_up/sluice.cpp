// Wakes up on the connection that the whole program shares.
#include "harness/sluice_program.hpp"
#include "wake_up/latency.hpp"

#include <string>
#include <vector>

namespace {

boost::asio::awaitable<void> wait_for_all(sluice::client redis, std::size_t messages) {
  sluice::group_consumer entries(
      redis, sluice::group(std::string(bench::group)).stream(std::string(bench::stream)));
  std::vector<long long> ages;
  while (ages.size() < messages) {
    auto entry = co_await entries.get_entry();
    ages.push_back(bench::age_of(entry->field("added")));
    std::move(*entry).ack_later();
  }
  co_await entries.flush();
  bench::report_latencies(std::move(ages));
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  const bench::adder adding(what);
  return bench::run_program(
      what, [&](sluice::client redis) { return wait_for_all(std::move(redis), what.messages); });
}
