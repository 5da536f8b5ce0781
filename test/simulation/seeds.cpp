// The whole client, seed after seed, in a world without sockets, threads and waiting.
#include "scenario.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

using sluice::simulation::outcome;
using sluice::simulation::run_seed;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string report(std::uint64_t seed, const outcome& what) {
  const auto number = std::to_string(seed);
  return "seed " + number + ": " + *what.violation + "\n  weather: " + what.climate +
         "\n  replay:  SLUICE_SIM_TRACE=1 SLUICE_SIM_SEEDS=1 SLUICE_SIM_FIRST=" + number +
         " sluice_simulation \"every promise is kept under every seed\"";
}

}  // namespace

TEST_CASE("every promise is kept under every seed") {
  const auto first = number_from("SLUICE_SIM_FIRST", 1);
  const auto count = number_from("SLUICE_SIM_SEEDS", 600);
  double virtual_seconds = 0;
  std::size_t entries = 0, deliveries = 0, dead = 0, mail = 0, claimed = 0, links = 0, attempts = 0,
              failures = 0;
  for (auto seed = first; seed < first + count && failures < 10; ++seed) {
    const auto result = run_seed(seed);
    virtual_seconds += result.virtual_seconds;
    entries += result.entries;
    deliveries += result.deliveries;
    dead += result.dead;
    mail += result.mail;
    claimed += result.claimed;
    links += result.links;
    attempts = std::max(attempts, result.attempts);
    if (!result.violation) continue;
    ++failures;
    UNSCOPED_INFO(report(seed, result));
  }
  std::printf(
      "%llu seeds: %.1f hours of simulated time, %zu entries, %zu deliveries, %zu dead letters, "
      "%zu taken from silent members, %zu messages in mailboxes, %zu links, at most %zu attempts "
      "to connect within ten "
      "seconds\n",
      static_cast<unsigned long long>(count), virtual_seconds / 3600, entries, deliveries, dead,
      claimed, mail, links, attempts);
  CHECK(failures == 0);
}

TEST_CASE("equal seeds give equal runs") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    CHECK(run_seed(seed).fingerprint == run_seed(seed).fingerprint);
  }
}
