// Takes all entries, says so, and keeps them until it is killed.
#include "harness/sluice_program.hpp"
#include "recovery/membership.hpp"

#include <cstddef>
#include <cstdio>
#include <vector>

namespace {

boost::asio::awaitable<void> take_all(sluice::client redis, std::size_t messages) {
  sluice::group_consumer entries(redis, bench::mortal_member("victim", messages));
  std::vector<sluice::delivery> in_hand;
  while (in_hand.size() < messages) {
    auto entry = co_await entries.get_entry();
    in_hand.push_back(*std::move(entry));
  }
  std::printf("{\"in_hand\": %zu}\n", in_hand.size());
  std::fflush(stdout);
  co_await entries.get_entry();
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(what,
                            [&](sluice::client redis) { return take_all(redis, what.messages); });
}
