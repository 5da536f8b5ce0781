// Cron expressions where clocks are put forward and back.
#include <sluice/app/cron.hpp>
#include <sluice/core/error.hpp>

#include "support/catch.hpp"
#include "support/scene.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::chrono;
using sluice::cron;

// What a build without time zones cannot test.
bool no_names() {
  return scene::code_of([] { cron("@daily").in_zone("Europe/Athens"); }) ==
         sluice::errc::invalid_argument;
}
#define NEEDS_NAMED_ZONES() \
  if (no_names()) return

// As hours of UTC from a day on: what a zone makes of it is the test's own arithmetic.
std::vector<double> due(std::string_view expression, std::string_view zone, sys_days from,
                        std::size_t count) {
  cron what(expression);
  what.in_zone(zone);
  std::vector<double> hours;
  for (const auto when : what.next(count, sys_seconds(from) - 1s)) {
    hours.push_back(duration<double, std::ratio<3600>>(when - from).count());
  }
  return hours;
}

using hours_of = std::vector<double>;

// Athens, UTC+2: on 2026-03-29 03:00 becomes 04:00 at 01:00 UTC; on 2026-10-25 04:00 becomes 03:00
// at 01:00 UTC.
constexpr sys_days athens_forward = 2026y / March / 29;
constexpr sys_days athens_back = 2026y / October / 25;
// New York, UTC-5: 2026-03-08 02:00 becomes 03:00 at 07:00 UTC; 2026-11-01 02:00 becomes 01:00 at
// 06:00 UTC.
constexpr sys_days new_york_forward = 2026y / March / 8;
constexpr sys_days new_york_back = 2026y / November / 1;
// Lord Howe, UTC+10:30, and +11 in summer: 2026-04-05 02:00 becomes 01:30 at 15:00 UTC of the 4th;
// 2026-10-04 02:00 becomes 02:30 at 15:30 UTC of the 3rd.
constexpr sys_days lord_howe_back = 2026y / April / 4;
constexpr sys_days lord_howe_forward = 2026y / October / 3;

TEST_CASE("a fixed distance from UTC needs no database") {
  CHECK(due("0 3 * * *", "+05:30", athens_forward, 1) == hours_of{21.5});
  CHECK(due("0 3 * * *", "-01:00", athens_forward, 1) == hours_of{4});
  CHECK(due("0 3 * * *", "UTC", athens_forward, 1) == hours_of{3});
}

TEST_CASE("a zone that does not exist is refused by name") {
  for (const auto* const zone : {"Atlantis/Capital", "", "+25:00", "+1:00", "02:00", "../UTC"}) {
    INFO(zone);
    CHECK(scene::code_of([zone] { cron("@daily").in_zone(zone); }) ==
          sluice::errc::invalid_argument);
  }
}

TEST_CASE("fixed times follow the clocks of their zone") {
  NEEDS_NAMED_ZONES();
  CHECK(due("0 12 * * *", "Europe/Athens", athens_forward - days(1), 2) == hours_of{10, 33});
  CHECK(due("0 12 * * *", "America/New_York", new_york_back - days(1), 2) == hours_of{16, 41});
}

TEST_CASE("what clocks leave out is due once, right after the gap") {
  NEEDS_NAMED_ZONES();
  CHECK(due("30 3 * * *", "Europe/Athens", athens_forward, 2) == hours_of{1, 24.5});
  CHECK(due("30 2 * * *", "America/New_York", new_york_forward, 2) == hours_of{7, 30.5});
  CHECK(due("15 2 * * *", "Australia/Lord_Howe", lord_howe_forward, 2) == hours_of{15.5, 39.25});
  // Six of them together, and together with what is due then anyway.
  CHECK(due("*/10 3 * * *", "Europe/Athens", athens_forward, 2) == hours_of{1, 24});
  CHECK(due("0 3,4 * * *", "Europe/Athens", athens_forward, 2) == hours_of{1, 24});
}

TEST_CASE("what clocks show twice is due the first time") {
  NEEDS_NAMED_ZONES();
  CHECK(due("30 3 * * *", "Europe/Athens", athens_back, 2) == hours_of{0.5, 25.5});
  CHECK(due("30 1 * * *", "America/New_York", new_york_back, 2) == hours_of{5.5, 30.5});
  CHECK(due("45 1 * * *", "Australia/Lord_Howe", lord_howe_back, 2) == hours_of{14.75, 39.25});
  CHECK(due("0,30 3 * * *", "Europe/Athens", athens_back, 3) == hours_of{0, 0.5, 25});
  // The end of the hour that comes twice is not in it.
  CHECK(due("0 4 * * *", "Europe/Athens", athens_back, 1) == hours_of{2});
}

TEST_CASE("what is due every hour follows the clocks wherever they go") {
  NEEDS_NAMED_ZONES();
  CHECK(due("30 * * * *", "Europe/Athens", athens_forward, 3) == hours_of{0.5, 1.5, 2.5});
  CHECK(due("30 * * * *", "Europe/Athens", athens_back, 3) == hours_of{0.5, 1.5, 2.5});
  CHECK(due("0 */1 * * *", "America/New_York", new_york_back + days(0), 8) ==
        hours_of{0, 1, 2, 3, 4, 5, 6, 7});
  // Half an hour twice, and half an hour never.
  CHECK(due("45 * * * *", "Australia/Lord_Howe", lord_howe_back, 17).back() == 16.25);
  CHECK(due("45 1 * * *", "Australia/Lord_Howe", lord_howe_back, 1) == hours_of{14.75});
  const auto half = due("15 * * * *", "Australia/Lord_Howe", lord_howe_forward, 17);
  CHECK(half[14] == 14.75);
  CHECK(half[15] == 16.25);
}

TEST_CASE("a day that a zone left out is made up for when it is over") {
  NEEDS_NAMED_ZONES();
  // Apia had no 2011-12-30: UTC-10 became UTC+14 at 10:00 UTC of that day.
  const sys_days day = 2011y / December / 30;
  CHECK(due("0 12 30 12 *", "Pacific/Apia", day, 1) == hours_of{10});
}

TEST_CASE("midnights that do not exist are due at the day's first moment") {
  NEEDS_NAMED_ZONES();
  // Cuba puts its clocks forward at midnight: 2026-03-08 00:00 becomes 01:00 at 05:00 UTC.
  CHECK(due("0 0 * * *", "America/Havana", new_york_forward, 2) == hours_of{5, 28});
}

}  // namespace
