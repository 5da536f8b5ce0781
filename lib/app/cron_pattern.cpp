#include "app/cron_pattern.hpp"

#include <bit>

namespace sluice {
namespace {

using namespace std::chrono;

constexpr int months_of_all_calendars = 400 * 12;

bool has(std::uint64_t set, unsigned value) { return (set >> value & 1U) != 0; }

std::optional<int> first_of(std::uint64_t set, int from) {
  if (from > 63) return std::nullopt;
  const auto left = set >> from << from;
  if (left == 0) return std::nullopt;
  return std::countr_zero(left);
}

unsigned last_of(year_month month) { return static_cast<unsigned>((month / last).day()); }

}  // namespace

bool cron_pattern::matches(year_month_day day, unsigned last_of_month) const {
  const auto number = static_cast<unsigned>(day.day());
  const bool by_day = has(days, number) || (last_day && number == last_of_month);
  const auto meant = weekdays[weekday(local_days(day)).c_encoding()];
  const bool in_last_week = number + 7 > last_of_month;
  const bool by_weekday =
      has(meant, (number - 1) / 7) || (in_last_week && (meant & last_week) != 0);
  return either_day ? by_day || by_weekday : by_day && by_weekday;
}

std::optional<local_days> cron_pattern::first_day(local_days from) const {
  const year_month_day date(from);
  auto month = date.year() / date.month();
  auto number = static_cast<unsigned>(date.day());
  for (int i = 0; i <= months_of_all_calendars; ++i, month += std::chrono::months(1), number = 1) {
    if (!has(months, static_cast<unsigned>(month.month()))) continue;
    const auto end = last_of(month);
    for (; number <= end; ++number) {
      const auto candidate = month / day(number);
      if (matches(candidate, end)) return local_days(candidate);
    }
  }
  return std::nullopt;
}

std::optional<seconds> cron_pattern::first_time(std::chrono::seconds from) const {
  const hh_mm_ss<std::chrono::seconds> clock(from);
  auto hour = static_cast<int>(clock.hours().count());
  auto minute = static_cast<int>(clock.minutes().count());
  auto second = static_cast<int>(clock.seconds().count());
  const auto to_hour = first_of(hours, hour);
  if (!to_hour) return std::nullopt;
  if (*to_hour > hour) hour = *to_hour, minute = second = 0;
  auto to_second = first_of(seconds, second);
  if (!to_second) ++minute, second = 0;
  const auto to_minute = first_of(minutes, minute);
  if (!to_minute) return first_time(std::chrono::hours(hour + 1));
  if (*to_minute > minute) second = 0;
  to_second = first_of(seconds, second);
  return std::chrono::hours(hour) + std::chrono::minutes(*to_minute) +
         std::chrono::seconds(*to_second);
}

std::optional<local_seconds> cron_pattern::first(local_seconds from) const {
  const auto today = floor<std::chrono::days>(from);
  const auto day = first_day(today);
  if (!day) return std::nullopt;
  if (*day > today) return *day + *first_time(std::chrono::seconds(0));
  if (const auto time = first_time(from - today)) return today + *time;
  const auto later = first_day(today + std::chrono::days(1));
  return *later + *first_time(std::chrono::seconds(0));
}

}  // namespace sluice
