#include "outbox/identifier.hpp"

#include "sluice/core/error.hpp"

namespace sluice::outbox {
namespace {

// PostgreSQL cuts longer names off without a word; MySQL refuses from 65 on.
constexpr std::size_t longest_identifier = 63;

bool is_plain(std::string_view word) noexcept {
  if (word.empty() || word.size() > longest_identifier) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool digit = c >= '0' && c <= '9';
    if (!letter && (i == 0 || !digit)) return false;
  }
  return true;
}

}  // namespace

std::string checked_identifier(std::string_view name) {
  const auto dot = name.find('.');
  const auto rest = dot == std::string_view::npos ? name : name.substr(dot + 1);
  if ((dot == std::string_view::npos || is_plain(name.substr(0, dot))) && is_plain(rest)) {
    return std::string(name);
  }
  throw error(errc::invalid_argument,
              "a table's name has 1 to 63 letters, digits and underscores, no digit first, and "
              "perhaps a schema and a dot before it");
}

std::string_view without_schema(std::string_view name) noexcept {
  return name.substr(name.find('.') + 1);  // npos + 1 is 0: all of it
}

}  // namespace sluice::outbox
