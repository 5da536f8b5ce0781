// A member that has nothing to do but to look after the group; it does so until it is killed.
#include "harness/sluice_program.hpp"

#include <chrono>
#include <string>

namespace {

boost::asio::awaitable<void> observe(sluice::client redis, std::chrono::seconds claim_timeout) {
  sluice::group all{std::string(bench::group)};
  all.stream(std::string(bench::stream));
  all.heartbeat(claim_timeout / 10).claim_timeout(claim_timeout);
  sluice::group_consumer entries(redis, all);
  co_await entries.get_entry();
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(what, [&](sluice::client redis) {
    return observe(redis, std::chrono::seconds(what.messages));
  });
}
