// One seed: a run with failures, then fair weather in which every promise must be kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace sluice::simulation {

struct outcome {
  std::optional<std::string> violation;
  std::uint64_t fingerprint = 0;
  double virtual_seconds = 0;
  std::size_t entries = 0;
  std::size_t deliveries = 0;
  std::size_t dead = 0;     ///< Dead letters.
  std::size_t mail = 0;     ///< Messages in mailboxes' channels.
  std::size_t claimed = 0;  ///< Entries taken from members that were silent.
  std::size_t links = 0;
  std::size_t attempts = 0;  ///< To connect; the most within ten seconds.
  std::string climate;
};

/// Lives through the run of a seed; never throws.
outcome run_seed(std::uint64_t seed);

}  // namespace sluice::simulation
