// Random cron expressions against a clock that is watched second by second, day by day.
#include "app/time_zone.hpp"

#include <sluice/app/cron.hpp>
#include <sluice/core/random.hpp>

#include "support/catch.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono;
using sluice::cron;
using sluice::cron_dialect;
using dice = sluice::random_source;

int roll(dice& from, int lowest, int highest) {
  return lowest + static_cast<int>(from() % static_cast<unsigned>(highest - lowest + 1));
}

// A field with its values, which are what the text says by construction.
struct known_field {
  std::string text;
  std::set<int> values;
  bool star = false;
};

known_field star_field(dice& from, int lowest, int highest, bool multiples) {
  known_field made{"*", {}, true};
  const int step = roll(from, 0, 2) == 0 ? roll(from, 1, (highest - lowest) / 2) : 1;
  if (step > 1) made.text += '/' + std::to_string(step);
  for (int each = lowest; each <= highest; ++each) {
    if ((multiples ? each : each - lowest) % step == 0) made.values.insert(each);
  }
  return made;
}

known_field list_field(dice& from, int lowest, int highest) {
  known_field made;
  for (int items = roll(from, 1, 3); items > 0; --items) {
    const int first = roll(from, lowest, highest);
    const int last = roll(from, 0, 1) == 0 ? first : roll(from, first, highest);
    const int step = last > first ? roll(from, 1, 3) : 1;
    made.text += (made.text.empty() ? "" : ",") + std::to_string(first);
    if (last > first) made.text += '-' + std::to_string(last);
    if (step > 1) made.text += '/' + std::to_string(step);
    for (int each = first; each <= last; each += step) made.values.insert(each);
  }
  return made;
}

known_field any_field(dice& from, int lowest, int highest, bool multiples = false) {
  if (roll(from, 0, 2) == 0) return star_field(from, lowest, highest, multiples);
  return list_field(from, lowest, highest);
}

known_field every(int lowest, int highest) {
  known_field made{"*", {}, true};
  for (int each = lowest; each <= highest; ++each) made.values.insert(each);
  return made;
}

struct known_cron {
  known_field second, minute, hour, day, month, weekday;
  bool streamback = false;

  std::string text() const {
    return second.text + ' ' + minute.text + ' ' + hour.text + ' ' + day.text + ' ' + month.text +
           ' ' + weekday.text;
  }
  bool means_day(year_month_day date) const {
    if (!month.values.contains(int(unsigned(date.month())))) return false;
    const bool by_day = day.values.contains(int(unsigned(date.day())));
    const std::chrono::weekday name{local_days(date)};
    const int number = streamback ? int(name.iso_encoding()) - 1 : int(name.c_encoding());
    const bool by_weekday = weekday.values.contains(number) ||
                            (!streamback && number == 0 && weekday.values.contains(7));
    const bool either = !streamback && !day.star && !weekday.star;
    return either ? by_day || by_weekday : by_day && by_weekday;
  }
  bool means(local_seconds clock) const {
    const auto today = floor<days>(clock);
    const hh_mm_ss time(clock - today);
    return second.values.contains(int(time.seconds().count())) &&
           minute.values.contains(int(time.minutes().count())) &&
           hour.values.contains(int(time.hours().count())) && means_day(year_month_day(today));
  }
};

known_cron random_times(dice& from) {
  known_cron made;
  made.second = roll(from, 0, 1) == 0 ? list_field(from, 0, 59) : known_field{"0", {0}, false};
  made.minute = any_field(from, 0, 59);
  made.hour = roll(from, 0, 1) == 0 ? any_field(from, 0, 23) : list_field(from, 0, 4);
  made.day = every(1, 31);
  made.month = every(1, 12);
  made.weekday = every(0, 6);
  return made;
}

// All times from `from` on for which the documented rules hold, found by looking at what the clock
// shows each second.
std::vector<sys_seconds> watch(const known_cron& what, const sluice::time_zone& zone,
                               sys_seconds from, seconds length) {
  std::vector<sys_seconds> found;
  auto shown = from - 4h;
  local_seconds latest{};
  local_seconds before{};
  for (auto now = shown; now < from + length; now += 1s) {
    const local_seconds clock((now + zone.at(now).offset).time_since_epoch());
    bool is_due = what.means(clock);
    if (!what.hour.star) {
      if (clock <= latest) is_due = false;
      const bool jumped = before != local_seconds{} && clock - before > 1s;
      for (auto left_out = before + 1s; jumped && left_out < clock; left_out += 1s) {
        is_due = is_due || what.means(left_out);
      }
    }
    before = clock;
    latest = std::max(latest, clock);
    if (is_due && now >= from) found.push_back(now);
  }
  return found;
}

void compare_with_clock(const char* zone_name, sys_seconds from, std::uint64_t seed) {
  dice chance = sluice::seeded_random(seed);
  const auto zone = sluice::find_time_zone(zone_name);
  for (int round = 0; round < 12; ++round) {
    const auto what = random_times(chance);
    INFO(zone_name << ": " << what.text());
    const auto expected = watch(what, *zone, from, 12h);
    cron read(what.text());
    read.in_zone(zone_name);
    auto at = from - 1s;
    std::size_t matched = 0;
    while (matched < expected.size()) {
      at = read.next(at);
      if (at != expected[matched]) break;
      ++matched;
    }
    REQUIRE(matched == expected.size());
    REQUIRE(read.next(at) >= from + 12h);
  }
}

bool names_known() {
  try {
    return sluice::find_time_zone("Europe/Athens") != nullptr;
  } catch (...) {
    return false;
  }
}

TEST_CASE("random expressions are due when a clock without changes shows them") {
  compare_with_clock("UTC", sys_days(2028y / February / 28) + 18h, 1);
  compare_with_clock("-03:30", sys_days(2027y / December / 31) + 18h, 2);
}

TEST_CASE("random expressions are due once where clocks are put forward or back") {
  if (!names_known()) return;
  compare_with_clock("Europe/Athens", sys_days(2026y / March / 28) + 18h, 3);
  compare_with_clock("Europe/Athens", sys_days(2026y / October / 24) + 18h, 4);
  compare_with_clock("America/New_York", sys_days(2026y / March / 8), 5);
  compare_with_clock("America/New_York", sys_days(2026y / November / 1), 6);
  compare_with_clock("Australia/Lord_Howe", sys_days(2026y / April / 4) + 8h, 7);
  compare_with_clock("Australia/Lord_Howe", sys_days(2026y / October / 3) + 8h, 8);
}

void compare_with_calendar(bool streamback, std::uint64_t seed) {
  dice chance = sluice::seeded_random(seed);
  const known_field noon{"12", {12}, false};
  const known_field zero{"0", {0}, false};
  int due = 0;
  for (int round = 0; round < 150; ++round) {
    known_cron what{zero,
                    zero,
                    noon,
                    any_field(chance, 1, 31, streamback),
                    any_field(chance, 1, 12, streamback),
                    any_field(chance, 0, 6, streamback),
                    streamback};
    if (what.month.values.size() < 2 && *what.day.values.begin() > 28) continue;
    const auto dialect = streamback ? cron_dialect::streamback : cron_dialect::standard;
    INFO(what.text() << (streamback ? " of streamback" : ""));
    const cron read(what.text(), dialect);
    sys_seconds at = sys_days(2095y / January / 1);
    for (auto day = floor<days>(at); day < sys_days(2105y / January / 1); day += days(1)) {
      if (!what.means_day(year_month_day(day))) continue;
      at = read.next(at);
      REQUIRE(at == day + 12h);
      ++due;
    }
  }
  CHECK(due > 10'000);
}

TEST_CASE("random days are due when a calendar over ten years has them") {
  compare_with_calendar(false, 9);
}

TEST_CASE("random days of streamback's dialect are due when a calendar has them") {
  compare_with_calendar(true, 10);
}

}  // namespace
