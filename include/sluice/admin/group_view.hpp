// A group as somebody sees it who looks again and again.
#pragma once

#include "sluice/admin/facts.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::admin {

/// Entries a second, between two looks. Empty where the server does not count, or began anew:
/// before Redis 7.0, after deletions ahead of a group, and when the group was moved.
///
/// Thread rule: a trivial value.
struct group_rates {
  /// Added to the stream.
  std::optional<double> added;
  /// Handed out to the group's consumers.
  std::optional<double> taken;
  /// Acknowledged.
  std::optional<double> settled;
};

/// The rates of a group between two looks that were so long apart, > 0.
group_rates rates_between(const group_facts& before, const group_facts& now,
                          std::chrono::duration<double> apart) noexcept;

/// What is the matter with a group, the worst last.
enum class plight : unsigned char {
  resting,    ///< It has nothing to do.
  working,    ///< It keeps up.
  behind,     ///< More is added than it takes.
  stuck,      ///< A silent consumer has entries in hand.
  abandoned,  ///< Entries wait, and no consumer is there to take them.
};

/// "resting", "working", "behind", "stuck" or "abandoned".
std::string_view to_string(plight how) noexcept;

/// A consumer, and when it was last heard.
///
/// Thread rule: a value.
struct watched_consumer {
  consumer_facts facts;
  /// Since its last heartbeat; empty when none came while the group was watched.
  std::optional<std::chrono::milliseconds> beat;

  /// Since it gave any sign of life.
  std::chrono::milliseconds silence() const noexcept {
    return beat && *beat < facts.idle ? *beat : facts.idle;
  }
};

/// A group when it was last looked at.
///
/// Thread rule: a value.
struct group_view {
  std::string stream;
  group_facts facts;
  group_rates rates;
  plight state = plight::resting;
  /// Whether what follows is known: it is asked for in turns, and of the worst at each look.
  bool closely = false;
  /// The names that the server lists, nobody's among them.
  std::vector<watched_consumer> consumers;
  /// Dead letters of the stream, of all its groups; empty where that cannot be known.
  std::optional<std::uint64_t> dead_letters;

  /// How many consumers have given a sign of life within `dead_after`.
  std::size_t living(std::chrono::milliseconds dead_after) const noexcept;
};

/// What all groups that a watch knows add up to, when each was last looked at.
///
/// Thread rule: a trivial value.
struct watch_totals {
  /// Streams that were found, and how many of them were looked at.
  std::size_t streams = 0, seen = 0;
  std::size_t groups = 0;
  std::uint64_t lag = 0, pending = 0;
  /// Entries a second, of those whose rates are known.
  double taken = 0, settled = 0;
  /// How many groups are in such a plight.
  std::size_t behind = 0, stuck = 0, abandoned = 0;
};

/// What is the matter with a group, as far as it is known.
plight plight_of(const group_view& which, std::chrono::milliseconds dead_after) noexcept;

/// Whether a group needs somebody sooner than another: the worse plight, then the more entries
/// waiting or in hand, then the names.
bool is_worse(const group_view& one, const group_view& other) noexcept;

}  // namespace sluice::admin
