#include "sluice/core/random.hpp"

namespace sluice {

random_source seeded_random(std::uint64_t seed) {
  // SplitMix64 (Steele, Lea, Flood 2014): one word of state, and every seed is a good one.
  return [state = seed]() mutable {
    state += 0x9e3779b97f4a7c15U;
    std::uint64_t word = state;
    word = (word ^ (word >> 30U)) * 0xbf58476d1ce4e5b9U;
    word = (word ^ (word >> 27U)) * 0x94d049bb133111ebU;
    return word ^ (word >> 31U);
  };
}

}  // namespace sluice
