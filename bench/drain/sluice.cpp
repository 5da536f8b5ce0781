// Drains a group as a member that keeps no leases.
#include "drain/group_drain.hpp"

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(what, [&](sluice::client redis) {
    return bench::drain(redis, bench::draining_member(), what.messages);
  });
}
