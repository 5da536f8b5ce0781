// Where in a stream to begin.
#pragma once

#include "sluice/core/entry_id.hpp"

#include <chrono>
#include <cstddef>

namespace sluice {

/// The place in a stream where a consumer, or a new group, begins.
///
/// Thread rule: a trivial value.
class start {
 public:
  /// How the place is given.
  enum class kind : unsigned char {
    earliest,  ///< The oldest stored entry.
    latest,    ///< The first one from now on.
    after,     ///< Behind `id()`.
    last       ///< The last `count()`.
  };

  /// With the oldest entry that is stored.
  static constexpr start earliest() noexcept { return start(kind::earliest, entry_id(), 0); }
  /// With the first entry added from now on.
  static constexpr start latest() noexcept { return start(kind::latest, entry_id(), 0); }
  /// With the first entry after `id`; give back a position that was read to go on from there.
  static constexpr start after(entry_id id) noexcept { return start(kind::after, id, 0); }
  /// With the first entry that the server added at `time` or later, by the server's clock.
  static start at(std::chrono::system_clock::time_point time) noexcept {
    return start(kind::after, entry_id::at(time).previous(), 0);
  }
  /// With the last `count` entries that are stored (≥ 1), then what follows.
  static constexpr start last(std::size_t count) noexcept {
    return start(kind::last, entry_id(), count);
  }

  /// How the place is given.
  constexpr kind what() const noexcept { return kind_; }
  /// The id to begin behind, for `kind::after`.
  constexpr entry_id id() const noexcept { return id_; }
  /// How many entries back, for `kind::last`.
  constexpr std::size_t count() const noexcept { return count_; }

 private:
  constexpr start(kind what, entry_id id, std::size_t count) noexcept
      : kind_(what), id_(id), count_(count) {}

  kind kind_;
  entry_id id_;
  std::size_t count_;
};

}  // namespace sluice
