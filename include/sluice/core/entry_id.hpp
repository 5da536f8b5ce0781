// The id of a stream entry: milliseconds and a sequence number.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// The id of a stream entry, such as `1526919030474-55`. Ordered as the server orders entries.
///
/// Thread rule: a trivial value.
class entry_id {
 public:
  /// `0-0`, before every entry.
  constexpr entry_id() noexcept = default;
  /// An id from its two parts.
  constexpr explicit entry_id(std::uint64_t milliseconds, std::uint64_t sequence = 0) noexcept
      : milliseconds_(milliseconds), sequence_(sequence) {}

  /// The first id that a server could have given out at a wall-clock time; times before 1970 give
  /// `0-0`.
  static entry_id at(std::chrono::system_clock::time_point time) noexcept;
  /// Reads `ms-seq` or `ms`; empty for anything else (signs, spaces, overflow, trailing bytes).
  static std::optional<entry_id> parse(std::string_view text) noexcept;
  /// The greatest id there can be.
  static constexpr entry_id max() noexcept {
    constexpr auto top = std::numeric_limits<std::uint64_t>::max();
    return entry_id(top, top);
  }

  /// Unix time in milliseconds, for ids made by the server.
  constexpr std::uint64_t milliseconds() const noexcept { return milliseconds_; }
  /// The number within the millisecond.
  constexpr std::uint64_t sequence() const noexcept { return sequence_; }
  /// The wall-clock time at which the server made the id.
  std::chrono::system_clock::time_point time() const noexcept;
  /// The id just before; `0-0` stays.
  entry_id previous() const noexcept;
  /// The id just after; `max()` stays.
  entry_id next() const noexcept;
  /// `ms-seq`.
  std::string to_string() const;

  friend constexpr auto operator<=>(const entry_id&, const entry_id&) noexcept = default;

 private:
  std::uint64_t milliseconds_ = 0;
  std::uint64_t sequence_ = 0;
};

}  // namespace sluice
