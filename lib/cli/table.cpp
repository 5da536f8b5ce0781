#include "cli/table.hpp"

#include "cli/readable.hpp"

#include <algorithm>
#include <cstddef>

namespace sluice::cli {
namespace {

// One name that is longer stands out of its own row, and moves no others.
constexpr std::size_t widest = 60;

}  // namespace

std::vector<std::string> lines_of(const std::vector<row>& rows, std::string_view sides) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& each : rows) {
    for (std::size_t i = 0; i < each.size(); ++i) {
      widths[i] = std::max(widths[i], std::min(widest, width_of(readable_text(each[i]))));
    }
  }
  std::vector<std::string> lines;
  for (const auto& each : rows) {
    std::string line;
    for (std::size_t i = 0; i < each.size(); ++i) {
      const bool right = i < sides.size() && sides[i] == 'r';
      const auto cell = readable_text(each[i]);
      line += right ? right_in(widths[i], cell) : left_in(widths[i], cell);
    }
    lines.push_back(line.substr(0, line.find_last_not_of(' ') + 1));
  }
  return lines;
}

}  // namespace sluice::cli
