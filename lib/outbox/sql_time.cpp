#include "outbox/sql_time.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <ctime>

namespace sluice::outbox {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// The digits behind the point, as microseconds: ".5" is half a second.
std::optional<microseconds> fraction(std::string_view text) {
  if (text.empty()) return microseconds(0);
  if (text.front() != '.' || text.size() < 2) return std::nullopt;
  std::int64_t value = 0, unit = 100'000;
  for (const char digit : text.substr(1)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value += (digit - '0') * unit;
    unit /= 10;
  }
  return microseconds(value);
}

}  // namespace

std::string milliseconds_text(wall_time at) {
  return std::to_string(std::chrono::duration_cast<milliseconds>(at.time_since_epoch()).count());
}

std::optional<wall_time> from_milliseconds_text(std::string_view text) {
  std::int64_t count = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, count);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return wall_time(milliseconds(count));
}

std::string local_timestamp(wall_time at) {
  const auto whole = std::chrono::floor<seconds>(at);
  const auto rest = std::chrono::duration_cast<microseconds>(at - whole);
  const auto count = static_cast<std::time_t>(whole.time_since_epoch().count());
  std::tm local{};
  ::localtime_r(&count, &local);
  std::array<char, 96> text;
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d %02d:%02d:%02d.%06d",
                local.tm_year + 1900, local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min,
                local.tm_sec, static_cast<int>(rest.count()));
  return text.data();
}

std::optional<wall_time> from_local_timestamp(const std::string& text) {
  std::tm local{};
  int used = 0;
  const int read =
      std::sscanf(text.c_str(), "%4d-%2d-%2d%*1[ T]%2d:%2d:%2d%n", &local.tm_year, &local.tm_mon,
                  &local.tm_mday, &local.tm_hour, &local.tm_min, &local.tm_sec, &used);
  if (read != 6 || used == 0) return std::nullopt;
  const auto part = fraction(std::string_view(text).substr(static_cast<std::size_t>(used)));
  if (!part) return std::nullopt;
  local.tm_year -= 1900;
  local.tm_mon -= 1;
  local.tm_isdst = -1;
  const auto count = std::mktime(&local);
  if (count == -1) return std::nullopt;
  return wall_time(seconds(count)) + *part;
}

}  // namespace sluice::outbox
