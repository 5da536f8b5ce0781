// The grammars of RESP's numbers. The text is what stands between type byte and line end.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace sluice::resp {

// Without one leading sign that `plus` allows. std::from_chars knows no plus sign, RESP does.
inline std::string_view without_plus(std::string_view text) noexcept {
  const bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-';
  return plus ? text.substr(1) : text;
}

// All of `text` as a number, or nothing.
template <class Number>
std::optional<Number> parse_whole(std::string_view text) noexcept {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

// `[+-]digits` within 64 bits.
inline std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
  return parse_whole<std::int64_t>(without_plus(text));
}

inline bool is_integer(std::string_view text) noexcept { return parse_integer(text).has_value(); }

// A length or count: digits alone, and no leading zero, as every server writes them. What is
// written in two ways could be read in two ways by two parsers.
inline std::optional<std::uint64_t> parse_length(std::string_view text) noexcept {
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  return parse_whole<std::uint64_t>(text);
}

inline std::size_t count_digits(std::string_view text) noexcept {
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  return digits;
}

inline std::string_view without_sign(std::string_view text) noexcept {
  const bool sign = !text.empty() && (text[0] == '+' || text[0] == '-');
  return sign ? text.substr(1) : text;
}

// `[+-]digits`, without bound.
inline bool is_big_number(std::string_view text) noexcept {
  const std::string_view digits = without_sign(text);
  return !digits.empty() && count_digits(digits) == digits.size();
}

// `[+-](inf | nan | digits[.digits][(e|E)[+-]digits])`; a missing digit on one side of the point
// is let pass. The sign of nan is what Redis 7 sends where the C library prints one.
inline bool is_floating(std::string_view text) noexcept {
  std::string_view rest = without_sign(text);
  if (rest == "inf" || rest == "nan") return true;
  std::size_t digits = count_digits(rest);
  rest.remove_prefix(digits);
  if (!rest.empty() && rest[0] == '.') {
    rest.remove_prefix(1);
    const std::size_t fraction = count_digits(rest);
    rest.remove_prefix(fraction);
    digits += fraction;
  }
  if (digits == 0) return false;
  if (rest.empty()) return true;
  return (rest[0] == 'e' || rest[0] == 'E') && is_big_number(rest.substr(1));
}

}  // namespace sluice::resp
