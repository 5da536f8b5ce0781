// Lives beside another member, and works on what that one leaves behind when it dies.
#include "harness/sluice_program.hpp"
#include "recovery/membership.hpp"

#include <cstddef>
#include <cstdio>
#include <utility>

namespace {

boost::asio::awaitable<void> work(sluice::client redis, std::size_t messages) {
  sluice::group_consumer entries(redis, bench::mortal_member("heir", messages));
  for (std::size_t worked_on = 0; worked_on < messages; ++worked_on) {
    auto entry = co_await entries.get_entry();
    std::move(*entry).ack_later();
  }
  std::printf("{\"done_ns\": %lld}\n", bench::now_ns());
  co_await entries.flush();
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(what, [&](sluice::client redis) { return work(redis, what.messages); });
}
