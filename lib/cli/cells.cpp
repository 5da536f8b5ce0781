#include "cli/cells.hpp"

#include "cli/readable.hpp"

#include <sluice/core/utf8.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace {

constexpr std::string_view ellipsis = "\xe2\x80\xa6";

struct span_of_characters {
  std::uint32_t first, last;
};

// Unicode's East Asian Width, as far as terminals agree.
constexpr std::array wide{
    span_of_characters{0x1100, 0x115f},   span_of_characters{0x2e80, 0xa4cf},
    span_of_characters{0xac00, 0xd7a3},   span_of_characters{0xf900, 0xfaff},
    span_of_characters{0xfe30, 0xfe6f},   span_of_characters{0xff00, 0xff60},
    span_of_characters{0xffe0, 0xffe6},   span_of_characters{0x1f300, 0x1faff},
    span_of_characters{0x20000, 0x3fffd},
};
constexpr std::array marks{
    span_of_characters{0x300, 0x36f},
    span_of_characters{0xfe00, 0xfe0f},
};
// They are not seen, and turn round what stands beside them.
constexpr std::array unseen{
    span_of_characters{0x200b, 0x200f},
    span_of_characters{0x2028, 0x202e},
    span_of_characters{0x2060, 0x206f},
    span_of_characters{0xfeff, 0xfeff},
};

template <std::size_t Size>
bool is_in(const std::array<span_of_characters, Size>& spans, std::uint32_t character) {
  return std::any_of(spans.begin(), spans.end(), [character](const auto& each) {
    return character >= each.first && character <= each.last;
  });
}

std::uint32_t code_of(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return first;
  auto code = static_cast<std::uint32_t>(first & (0x7fU >> character.size()));
  for (const char each : character.substr(1)) {
    code = code << 6U | (static_cast<unsigned char>(each) & 0x3fU);
  }
  return code;
}

/// A character, and the cells that it takes.
struct cell {
  std::string_view text;
  std::size_t width = 1;
};

std::vector<cell> cells_in(std::string_view text) {
  std::vector<cell> cells;
  while (!text.empty()) {
    const auto one = text.substr(0, std::max<std::size_t>(utf8_length(text), 1));
    const auto code = code_of(one);
    if (is_in(unseen, code)) {
      cells.push_back({"?", 1});
    } else {
      cells.push_back({one, is_in(wide, code) ? std::size_t{2} : is_in(marks, code) ? 0U : 1U});
    }
    text.remove_prefix(one.size());
  }
  return cells;
}

template <class Each>
std::size_t width_up_to(const Each& cells, std::size_t most, std::string& text) {
  std::size_t width = 0;
  for (const auto& each : cells) {
    if (width + each.width > most) break;
    width += each.width;
    text += each.text;
  }
  return width;
}

std::size_t sum_of(const std::vector<cell>& cells) {
  std::size_t width = 0;
  for (const auto& each : cells) width += each.width;
  return width;
}

// The end of a text, at most so wide.
std::vector<cell> last_of(const std::vector<cell>& cells, std::size_t most) {
  std::size_t width = 0;
  auto from = cells.end();
  while (from != cells.begin() && width + std::prev(from)->width <= most) {
    width += (--from)->width;
  }
  return {from, cells.end()};
}

std::string decimal(double value, const char* unit) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), value < 99.95 ? "%.1f%s" : "%.0f%s", value, unit);
  return text.data();
}

std::string in_units(double value) {
  constexpr std::array units{"", "k", "M", "G", "T", "P", "E"};
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < units.size()) {
    value /= 1'000;
    ++unit;
  }
  return decimal(value, units.at(unit));
}

}  // namespace

std::size_t cells_of(std::string_view text) { return sum_of(cells_in(text)); }

std::string name_in(std::size_t cells, std::string_view name) {
  const auto readable = readable_text(name);
  const auto all = cells_in(readable);
  std::string text;
  auto width = sum_of(all);
  if (width <= cells) {
    width_up_to(all, cells, text);
  } else if (cells > 0) {
    const auto tail = (cells - 1) / 2;
    width = width_up_to(all, cells - 1 - tail, text) + 1;
    text += ellipsis;
    width += width_up_to(last_of(all, tail), tail, text);
  } else {
    width = 0;
  }
  return text.append(cells - width, ' ');
}

std::string figure_in(std::size_t cells, std::string_view text) {
  const auto width = cells_of(text);
  if (width > cells) return std::string(cells, '#');
  return std::string(cells - width, ' ').append(text);
}

std::string cut_to(std::size_t cells, std::string_view text) {
  const auto all = cells_in(text);
  std::string cut;
  width_up_to(all, cells, cut);
  return cut;
}

std::string short_count(std::uint64_t count) {
  return count < 100'000 ? std::to_string(count) : in_units(static_cast<double>(count));
}

std::string short_rate(double per_second) {
  if (per_second < 0.05) return "0";
  if (per_second < 9'999.5) {
    return per_second < 99.95 ? decimal(per_second, "") : std::to_string(std::llround(per_second));
  }
  return in_units(per_second);
}

std::string short_time(std::chrono::milliseconds time) {
  const auto whole = std::max<std::int64_t>(time.count(), 0);
  const auto seconds = whole / 1'000;
  if (whole < 9'950) return decimal(static_cast<double>(whole) / 1'000, "s");
  if (seconds < 100) return std::to_string(seconds) + 's';
  if (seconds < 100 * 60) return std::to_string(seconds / 60) + 'm';
  if (seconds < 48 * 3'600) return std::to_string(seconds / 3'600) + 'h';
  return std::to_string(seconds / 86'400) + 'd';
}

}  // namespace sluice::cli
