#include "cli/facts_table.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>

namespace sluice::cli {
namespace {

// https://no-color.org
bool shows_colours() {
  const char* const refused = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && (refused == nullptr || *refused == '\0') &&
         terminal != nullptr && std::string_view(terminal) != "dumb";
}

constexpr std::string_view code_of(ink colour) {
  switch (colour) {
    case ink::red:
      return "\x1b[31m";
    case ink::yellow:
      return "\x1b[33m";
    case ink::green:
      return "\x1b[32m";
    case ink::bold:
      break;
  }
  return "\x1b[1m";
}

}  // namespace

std::string painted(ink colour, const std::string& line) {
  static const bool shown = shows_colours();
  return shown ? std::string(code_of(colour)) + line + "\x1b[0m" : line;
}

std::string readable_bytes(std::uint64_t bytes) {
  constexpr std::array units{"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1'024) return std::to_string(bytes) + " B";
  std::size_t unit = 0;
  std::uint64_t tenths = bytes * 10 / 1'024;
  while (tenths >= 10'240 && unit + 1 < units.size()) {
    tenths /= 1'024;
    ++unit;
  }
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + ' ' + units.at(unit);
}

facts_table::facts_table(row heading, std::string sides) : sides_(std::move(sides)) {
  rows_.push_back(std::move(heading));
}

void facts_table::add(row cells, const json_object& object) {
  rows_.push_back(std::move(cells));
  objects_.push_back(object.line());
}

boost::asio::awaitable<bool> facts_table::print(listing& out, bool json) {
  auto lines = objects_;
  if (!json) {
    lines = lines_of(rows_, sides_);
    lines.front() = painted(ink::bold, lines.front());
  }
  const bool wanted = co_await out.print(std::move(lines));
  co_return wanted;
}

}  // namespace sluice::cli
