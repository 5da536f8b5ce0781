// What a cron expression says, and where it leads on a calendar without zones.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice {

/// Sets of values as bits. Times here are what clocks show.
struct cron_pattern {
  using local_seconds = std::chrono::local_seconds;
  using local_days = std::chrono::local_days;

  /// The bits of a day of the week: in which weeks of a month it is meant, the last one beside.
  static constexpr std::uint8_t every_week = 0b01'1111;
  static constexpr std::uint8_t last_week = 0b10'0000;

  std::uint64_t seconds = 0;
  std::uint64_t minutes = 0;
  std::uint64_t hours = 0;
  std::uint64_t days = 0;
  std::uint64_t months = 0;
  bool last_day = false;
  std::array<std::uint8_t, 7> weekdays{};  // from Sunday
  /// One of the two kinds of day suffices.
  bool either_day = false;
  /// It follows clocks wherever they go.
  bool every_hour = false;

  /// The first match at or after `from`. Empty when nothing ever matches: the calendar repeats
  /// itself after 400 years.
  std::optional<local_seconds> first(local_seconds from) const;

 private:
  bool matches(std::chrono::year_month_day day, unsigned last_of_month) const;
  std::optional<local_days> first_day(local_days from) const;
  std::optional<std::chrono::seconds> first_time(std::chrono::seconds from) const;
};

}  // namespace sluice
