#include "outbox/message_id.hpp"

#include <cstdint>

namespace sluice::outbox {
namespace {

constexpr std::size_t digit_count = 32;

void remove_prefix(std::string_view& text, std::string_view prefix) noexcept {
  if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
}

std::string with_dashes(std::string digits) {
  for (const std::size_t place : {8U, 13U, 18U, 23U}) digits.insert(place, 1, '-');
  return digits;
}

void append_hex(std::string& to, std::uint64_t word) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (unsigned shift = 64; shift > 0; shift -= 4) to += digits[(word >> (shift - 4)) & 15U];
}

}  // namespace

std::string new_message_id(const random_source& random) {
  constexpr std::uint64_t version = 0x4000, version_bits = 0xf000;
  constexpr std::uint64_t variant = 0x8000'0000'0000'0000, variant_bits = 0xc000'0000'0000'0000;
  std::string digits;
  append_hex(digits, (random() & ~version_bits) | version);
  append_hex(digits, (random() & ~variant_bits) | variant);
  return with_dashes(std::move(digits));
}

std::optional<std::string> canonical_message_id(std::string_view text) {
  remove_prefix(text, "urn:");
  remove_prefix(text, "uuid:");
  if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
  std::string digits;
  for (const char c : text) {
    if (c == '-') continue;
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) {
      digits += c;
    } else if (c >= 'A' && c <= 'F') {
      digits += static_cast<char>(c - 'A' + 'a');
    } else {
      return std::nullopt;
    }
    if (digits.size() > digit_count) return std::nullopt;
  }
  if (digits.size() != digit_count) return std::nullopt;
  return with_dashes(std::move(digits));
}

std::string digits_of(std::string_view canonical) {
  std::string digits(canonical);
  std::erase(digits, '-');
  return digits;
}

}  // namespace sluice::outbox
