#include "cli/place_in_time.hpp"

#include <array>
#include <cstdint>
#include <ctime>
#include <string_view>

namespace sluice::cli {
namespace {

// The first id of that time. strptime knows the days of the months; the way back tells "02-30". Not
// as a time_point: its nanoseconds end in the year 2262, and begin anew.
std::optional<entry_id> first_of(const std::string& text) {
  for (const char* form : {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ", "%Y-%m-%d"}) {
    std::tm read{};
    const char* const end = ::strptime(text.c_str(), form, &read);
    if (end == nullptr || *end != '\0') continue;
    const auto day = read.tm_mday;
    const auto seconds = ::timegm(&read);
    if (read.tm_mday != day || seconds < 0) continue;
    return entry_id(static_cast<std::uint64_t>(seconds) * 1'000);
  }
  return std::nullopt;
}

// A group that is moved to where nobody meant has all handed out again. What may be a year, a month
// or a day is no id: "2026", "20261122", "2026-11". Of ids without a dash "0" alone stays.
std::optional<entry_id> id_of(const std::string& text) {
  const auto id = entry_id::parse(text);
  if (!id || text == "0") return id;
  const bool year = id->milliseconds() >= 1'000 && id->milliseconds() <= 9'999;
  const bool whole = text.find('-') != std::string::npos;
  return whole && !year ? id : std::nullopt;
}

}  // namespace

std::optional<start> place_of(const std::string& text) {
  if (text == "earliest") return start::earliest();
  if (text == "latest") return start::latest();
  if (const auto id = id_of(text)) return start::after(*id);
  if (const auto first = first_of(text)) return start::after(first->previous());
  return std::nullopt;
}

std::string check_place(const std::string& text) {
  if (place_of(text)) return {};
  return "wants earliest, latest, an id such as 1526919030474-0 or a time such as "
         "2026-11-22T01:30:00Z, not '" +
         text + '\'';
}

std::string wall_clock_text(entry_id of) {
  constexpr std::uint64_t last_year = 253'402'300'799;  // 9999
  const auto seconds = of.milliseconds() / 1'000;
  if (seconds > last_year) return "-";
  const auto since_epoch = static_cast<std::time_t>(seconds);
  std::tm parts{};
  ::gmtime_r(&since_epoch, &parts);
  std::array<char, 40> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
  const auto rest = std::to_string(1'000 + of.milliseconds() % 1'000).substr(1);
  return std::string(text.data(), size) + '.' + rest;
}

}  // namespace sluice::cli
