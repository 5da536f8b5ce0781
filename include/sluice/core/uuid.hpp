// Names for messages that nobody has to agree on: 128 bits (RFC 9562).
#pragma once

#include "sluice/core/random.hpp"

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// A UUID. Whatever form it was read in, it is written in one: lower case with dashes.
///
/// Thread rule: a trivial value.
class uuid {
 public:
  /// The nil UUID, all zero.
  constexpr uuid() noexcept = default;
  /// One of given bytes, the most significant first.
  constexpr explicit uuid(const std::array<unsigned char, 16>& bytes) noexcept : bytes_(bytes) {}

  /// A random one (version 4), of two calls of the source.
  static uuid random(const random_source& from);
  /// Reads 32 hexadecimal digits of either case. As Python's `uuid.UUID` it does not mind dashes,
  /// braces around them, `urn:` and `uuid:`; empty for anything else.
  static std::optional<uuid> parse(std::string_view text);

  /// True for all zero, which names nothing.
  constexpr bool is_nil() const noexcept { return *this == uuid(); }
  /// The bytes, the most significant first.
  constexpr const std::array<unsigned char, 16>& bytes() const noexcept { return bytes_; }
  /// 36 characters, such as `f81d4fae-7dec-41d0-a765-00a0c91e6bf6`.
  std::string to_string() const;

  friend constexpr auto operator<=>(const uuid&, const uuid&) noexcept = default;

 private:
  std::array<unsigned char, 16> bytes_{};
};

}  // namespace sluice
