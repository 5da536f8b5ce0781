#include "cli/readable.hpp"

#include "cli/json_entry.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace sluice::cli {
namespace {

constexpr const char* gap = "  ";

std::size_t missing(std::size_t width, std::string_view text) {
  return width - std::min(width, width_of(text));
}

}  // namespace

std::string readable_time(std::chrono::milliseconds time) {
  const auto whole = std::max<std::int64_t>(time.count(), 0);
  const auto seconds = whole / 1'000;
  const auto two = [](std::int64_t amount, std::int64_t of_it, const char* large,
                      const char* small) {
    const auto rest = amount % of_it;
    return std::to_string(amount / of_it) + large +
           (rest == 0 ? std::string() : ' ' + std::to_string(rest) + small);
  };
  if (whole < 1'000) return std::to_string(whole) + " ms";
  if (seconds < 60) {
    return std::to_string(seconds) + '.' + std::to_string(whole % 1'000 / 100) + " s";
  }
  if (seconds < 3'600) return two(seconds, 60, " min", " s");
  if (seconds < 86'400) return two(seconds / 60, 60, " h", " min");
  return two(seconds / 3'600, 24, " d", " h");
}

std::string readable_text(std::string_view bytes) {
  std::string quoted;
  append_json_string(quoted, bytes);
  return quoted.substr(1, quoted.size() - 2);
}

std::size_t width_of(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char each) {
    return (static_cast<unsigned char>(each) & 0xc0U) != 0x80U;
  }));
}

std::string left_in(std::size_t width, std::string text) {
  text.append(missing(width, text), ' ');
  return std::move(text) + gap;
}

std::string right_in(std::size_t width, std::string text) {
  text.insert(0, missing(width, text), ' ');
  return std::move(text) + gap;
}

}  // namespace sluice::cli
