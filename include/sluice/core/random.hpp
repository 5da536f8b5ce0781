// Randomness as an input: jitter, nonces and generated names come from a source that can be seeded.
#pragma once

#include <cstdint>
#include <functional>

namespace sluice {

/// Gives 64 random bits a call. Not for cryptographic keys.
using random_source = std::function<std::uint64_t()>;

/// A source seeded by the operating system. Each call of `system_random` makes an independent one;
/// the source is used from one thread at a time.
random_source system_random();

/// A reproducible source (SplitMix64): equal seeds give equal sequences. For tests.
random_source seeded_random(std::uint64_t seed);

}  // namespace sluice
