// Wakes up on a connection of its own that blocks in XREADGROUP.
#include "harness/hiredis_connection.hpp"
#include "wake_up/latency.hpp"

#include <string_view>
#include <vector>

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  bench::hiredis_connection server(what.server);
  const bench::adder adding(what);
  std::vector<long long> ages;
  while (ages.size() < what.messages) {
    server.append({"XREADGROUP", "GROUP", bench::group, "hiredis", "BLOCK", "0", "COUNT", "100",
                   "STREAMS", bench::stream, ">"});
    const auto reply = server.reply();
    const auto* const entries = reply->element[0]->element[1];
    for (std::size_t i = 0; i < entries->elements; ++i) {
      const auto* const id = entries->element[i]->element[0];
      const auto* const added = entries->element[i]->element[1]->element[1];
      ages.push_back(bench::age_of({added->str, added->len}));
      server.append({"XACK", bench::stream, bench::group, {id->str, id->len}});
      server.reply();
    }
  }
  bench::report_latencies(std::move(ages));
}
