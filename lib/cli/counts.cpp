#include "cli/counts.hpp"

#include <charconv>
#include <cstdint>
#include <system_error>

namespace sluice::cli {

// Signed, as some of these numbers become 64 bits with a sign.
std::string check_count(const std::string& text) {
  std::int64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [behind, failed] = std::from_chars(text.data(), end, number);
  if (failed == std::errc() && behind == end && number > 0) return {};
  return "wants a whole number of at least 1, not '" + text + '\'';
}

}  // namespace sluice::cli
