#include "sluice/core/uuid.hpp"

#include <cstddef>
#include <cstdint>

namespace sluice {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

std::optional<unsigned char> value_of(char digit) {
  if (digit >= 'A' && digit <= 'F') digit = static_cast<char>(digit - 'A' + 'a');
  const auto value = digits.find(digit);
  if (value == std::string_view::npos) return std::nullopt;
  return static_cast<unsigned char>(value);
}

// In the order of Python's uuid.UUID, so that both take the same texts.
std::string bare_digits(std::string_view text) {
  std::string bare(text);
  const auto without = [&bare](std::string_view word) {
    for (auto at = bare.find(word); at != std::string::npos; at = bare.find(word, at)) {
      bare.erase(at, word.size());
    }
  };
  without("urn:");
  without("uuid:");
  const auto first = bare.find_first_not_of("{}");
  if (first == std::string::npos) return {};
  bare = bare.substr(first, bare.find_last_not_of("{}") + 1 - first);
  without("-");
  return bare;
}

}  // namespace

uuid uuid::random(const random_source& from) {
  std::array<unsigned char, 16> bytes{};
  for (std::size_t half = 0; half < 2; ++half) {
    const std::uint64_t word = from();
    for (std::size_t i = 0; i < 8; ++i) {
      bytes[half * 8 + i] = static_cast<unsigned char>(word >> (56U - 8U * i));
    }
  }
  // Version and variant, RFC 9562, section 5.4.
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0fU) | 0x40U);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3fU) | 0x80U);
  return uuid(bytes);
}

std::optional<uuid> uuid::parse(std::string_view text) {
  // No form of a UUID is this long; what comes from a stream may be.
  if (text.size() > 128) return std::nullopt;
  const auto bare = bare_digits(text);
  if (bare.size() != 32) return std::nullopt;
  std::array<unsigned char, 16> bytes{};
  for (std::size_t i = 0; i < bare.size(); ++i) {
    const auto value = value_of(bare[i]);
    if (!value) return std::nullopt;
    bytes[i / 2] = static_cast<unsigned char>(bytes[i / 2] << 4U | *value);
  }
  return uuid(bytes);
}

std::string uuid::to_string() const {
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back(digits[bytes_[i] >> 4U]);
    text.push_back(digits[bytes_[i] & 15U]);
  }
  return text;
}

}  // namespace sluice
