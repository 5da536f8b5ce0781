// What streams, groups and their consumers are like at a moment.
#pragma once

#include "sluice/admin/figure.hpp"
#include "sluice/core/entry_id.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::admin {

/// An entry as it is stored: names and values, in order.
///
/// Thread rule: a value.
struct stored_entry {
  entry_id id;
  std::vector<std::pair<std::string, std::string>> fields;
};

/// A stream at a moment.
///
/// Thread rule: a value.
struct stream_facts {
  std::string name;
  /// How many entries are stored.
  std::uint64_t length = 0;
  /// The oldest and the newest that are; empty when none is.
  std::optional<entry_id> first, last;
  /// The greatest id that was ever given out.
  entry_id last_generated;
  /// How many groups it has.
  std::size_t groups = 0;
  /// Memory in bytes, as the server judges by a sample; empty where the user may not ask.
  std::optional<std::uint64_t> bytes;
  /// How many dead letters lie in `dead_letters::stream_of(name)`; empty where that cannot be
  /// known, as it is no stream or the user may not ask.
  std::optional<std::uint64_t> dead_letters;
};

/// A group at a moment.
///
/// Thread rule: a value.
struct group_facts {
  std::string name;
  /// The names that the server lists, `consumer_facts::nobody` among them.
  std::size_t consumers = 0;
  /// Handed out and not acknowledged, those that were given back included.
  std::uint64_t pending = 0;
  /// The id up to which entries were handed out.
  entry_id position;
  /// How many entries of the stream that were, since it was made; empty where the server does not
  /// know: before Redis 7.0, and after deletions ahead of the group.
  std::optional<std::uint64_t> read;
  /// How many stored entries were not handed out yet.
  figure lag;
  /// The oldest entry that the group is not done with: pending, or not handed out yet. Empty when
  /// there is none.
  std::optional<entry_id> oldest;
  /// How long ago that was added, by the server's clock; 0 where the user may not ask for it.
  std::chrono::milliseconds age{0};
};

/// A name that the server lists as a group's consumer.
///
/// Thread rule: a value.
struct consumer_facts {
  std::string name;
  /// What it has in hand.
  std::uint64_t pending = 0;
  /// Since it last asked for anything, or claimed.
  std::chrono::milliseconds idle{0};
  /// Since it last got anything; empty on servers before Redis 7.2.
  std::optional<std::chrono::milliseconds> inactive;
  /// No consumer: entries under this name wait for any member of this library.
  bool nobody = false;
};

}  // namespace sluice::admin
