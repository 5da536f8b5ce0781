// Drains a group as drain/sluice.cpp does, but as a member that beats, keeps leases, and has them
// checked with every acknowledgement.
#include "drain/group_drain.hpp"

#include <chrono>

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(what, [&](sluice::client redis) {
    return bench::drain(redis, bench::draining_member().heartbeat(1s).claim_timeout(5s),
                        what.messages);
  });
}
