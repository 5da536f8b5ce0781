// Everything that chance decides in a simulated run comes from here, and so from the run's seed.
#pragma once

#include "sluice/core/clock.hpp"
#include "sluice/core/random.hpp"

#include <cstdint>

namespace sluice::simulation {

/// A seeded source of decisions. Each part of a run throws dice of its own (`split`), so that a
/// change of one part leaves the others' decisions as they were.
class dice {
 public:
  explicit dice(std::uint64_t seed) : source_(seeded_random(seed)) {}

  std::uint64_t roll() { return source_(); }
  /// A number in [0, end); `end` > 0.
  std::uint64_t below(std::uint64_t end) { return roll() % end; }
  /// A number in [least, most].
  std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    return least + below(most - least + 1);
  }
  std::int64_t number(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most - least + 1)));
  }
  clock::duration between(clock::duration least, clock::duration most) {
    const auto span = static_cast<std::uint64_t>((most - least).count());
    return least + clock::duration(static_cast<clock::duration::rep>(below(span + 1)));
  }
  bool percent(unsigned chance) { return below(100) < chance; }
  dice split() { return dice(roll()); }

 private:
  random_source source_;
};

}  // namespace sluice::simulation
