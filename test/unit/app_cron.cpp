// What cron expressions mean on a calendar, and which are refused.
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
using sluice::cron_dialect;

std::string two(long number) { return (number < 10 ? "0" : "") + std::to_string(number); }

// "2028-02-29 12:00:00"
std::string text_of(sys_seconds when) {
  const auto day = floor<days>(when);
  const year_month_day date(day);
  const hh_mm_ss clock(when - day);
  return std::to_string(int(date.year())) + '-' + two(unsigned(date.month())) + '-' +
         two(unsigned(date.day())) + ' ' + two(clock.hours().count()) + ':' +
         two(clock.minutes().count()) + ':' + two(clock.seconds().count());
}

// A Saturday.
constexpr sys_seconds start = sys_days(2028y / January / 1);

std::vector<std::string> due(const cron& what, std::size_t count, sys_seconds after = start) {
  std::vector<std::string> found;
  for (const auto when : what.next(count, after)) found.push_back(text_of(when));
  return found;
}

std::string first_due(const std::string& expression,
                      cron_dialect dialect = cron_dialect::standard) {
  return text_of(cron(expression, dialect).next(start));
}

std::string refusal(const std::string& expression, cron_dialect dialect = cron_dialect::standard) {
  try {
    const cron read(expression, dialect);
  } catch (const sluice::error& why) {
    CHECK(why.code() == sluice::errc::invalid_argument);
    return why.what();
  }
  return "accepted";
}

bool says(const std::string& text, std::string_view part) {
  UNSCOPED_INFO(text);
  return text.find(part) != std::string::npos;
}

using texts = std::vector<std::string>;

TEST_CASE("five fields name minutes, six seconds") {
  CHECK(due(cron("* * * * *"), 2) == texts{"2028-01-01 00:01:00", "2028-01-01 00:02:00"});
  CHECK(due(cron("*/30 * * * * *"), 2) == texts{"2028-01-01 00:00:30", "2028-01-01 00:01:00"});
  CHECK(due(cron("15 30 9 * * *"), 2) == texts{"2028-01-01 09:30:15", "2028-01-02 09:30:15"});
}

TEST_CASE("the next time is after the given one, whose parts of a second do not count") {
  const cron each("0 12 * * *");
  const sys_seconds noon = sys_days(2028y / January / 1) + 12h;
  CHECK(each.next(noon - 1ms) == noon);
  CHECK(each.next(noon) == noon + 24h);
  CHECK(each.next(noon + 999ms) == noon + 24h);
}

TEST_CASE("a field is a list of values, ranges and steps, mixed as one likes") {
  CHECK(due(cron("5,1-3 0 * * *"), 4) == texts{"2028-01-01 00:01:00", "2028-01-01 00:02:00",
                                               "2028-01-01 00:03:00", "2028-01-01 00:05:00"});
  CHECK(due(cron("10-20/5,59 0 * * *"), 4) == texts{"2028-01-01 00:10:00", "2028-01-01 00:15:00",
                                                    "2028-01-01 00:20:00", "2028-01-01 00:59:00"});
  CHECK(due(cron("50/4 0 * * *"), 3) ==
        texts{"2028-01-01 00:50:00", "2028-01-01 00:54:00", "2028-01-01 00:58:00"});
}

TEST_CASE("months and days of the week have names, in any case") {
  CHECK(first_due("0 0 * feb Mon") == "2028-02-07 00:00:00");
  CHECK(first_due("0 0 1 JUN-AUG *") == "2028-06-01 00:00:00");
  CHECK(first_due("0 0 * * FRI-SUN") == "2028-01-02 00:00:00");
}

TEST_CASE("Sunday is 0 and 7") {
  CHECK(first_due("0 0 * * 0") == "2028-01-02 00:00:00");
  CHECK(first_due("0 0 * * 7") == "2028-01-02 00:00:00");
  CHECK(due(cron("0 0 * * 6-7"), 2) == texts{"2028-01-02 00:00:00", "2028-01-08 00:00:00"});
}

TEST_CASE("of two restricted kinds of day either suffices") {
  CHECK(due(cron("0 0 13 * FRI"), 3) ==
        texts{"2028-01-07 00:00:00", "2028-01-13 00:00:00", "2028-01-14 00:00:00"});
  // What begins with a star restricts nothing, as cron has it: Mondays that are odd.
  CHECK(due(cron("0 0 */2 * MON"), 2) == texts{"2028-01-03 00:00:00", "2028-01-17 00:00:00"});
  CHECK(due(cron("0 0 ? * MON"), 1) == texts{"2028-01-03 00:00:00"});
}

TEST_CASE("words stand for whole expressions") {
  CHECK(first_due("@hourly") == "2028-01-01 01:00:00");
  CHECK(first_due("@daily") == "2028-01-02 00:00:00");
  CHECK(first_due("@midnight") == "2028-01-02 00:00:00");
  CHECK(first_due("@weekly") == "2028-01-02 00:00:00");
  CHECK(first_due("@monthly") == "2028-02-01 00:00:00");
  CHECK(first_due("@yearly") == "2029-01-01 00:00:00");
  CHECK(first_due("@annually") == "2029-01-01 00:00:00");
}

TEST_CASE("the last day of a month, and days of the week counted in it") {
  CHECK(due(cron("0 0 L * *"), 3) ==
        texts{"2028-01-31 00:00:00", "2028-02-29 00:00:00", "2028-03-31 00:00:00"});
  CHECK(due(cron("0 0 * * FRI#2"), 2) == texts{"2028-01-14 00:00:00", "2028-02-11 00:00:00"});
  CHECK(due(cron("0 0 * * 5L"), 2) == texts{"2028-01-28 00:00:00", "2028-02-25 00:00:00"});
  CHECK(due(cron("0 0 * * MON#5"), 2) == texts{"2028-01-31 00:00:00", "2028-05-29 00:00:00"});
}

TEST_CASE("the 29th of February comes in leap years, of which 2100 is none") {
  CHECK(due(cron("0 12 29 2 *"), 2) == texts{"2028-02-29 12:00:00", "2032-02-29 12:00:00"});
  CHECK(due(cron("0 12 29 2 *"), 2, sys_days(2096y / January / 1)) ==
        texts{"2096-02-29 12:00:00", "2104-02-29 12:00:00"});
}

TEST_CASE("days that some months do not have are passed over") {
  CHECK(due(cron("0 0 31 * *"), 3) ==
        texts{"2028-01-31 00:00:00", "2028-03-31 00:00:00", "2028-05-31 00:00:00"});
}

TEST_CASE("a time that is decades away is found at once") {
  // In streamback's dialect both must match: a 29th of February that is a Sunday.
  const cron rare("0 0 29 2 6", cron_dialect::streamback);
  CHECK(due(rare, 2, sys_days(2033y / January / 1)) ==
        texts{"2060-02-29 00:00:00", "2088-02-29 00:00:00"});
}

TEST_CASE("streamback's dialect begins weeks with Monday and takes steps as multiples") {
  const auto dialect = cron_dialect::streamback;
  CHECK(first_due("0 0 * * 0", dialect) == "2028-01-03 00:00:00");
  CHECK(first_due("0 0 * * 6", dialect) == "2028-01-02 00:00:00");
  CHECK(first_due("0 0 * * sun", dialect) == "2028-01-02 00:00:00");
  CHECK(due(cron("0 0 */10 * *", dialect), 3) ==
        texts{"2028-01-10 00:00:00", "2028-01-20 00:00:00", "2028-01-30 00:00:00"});
  CHECK(first_due("0 0 1 */5 *", dialect) == "2028-05-01 00:00:00");
  CHECK(first_due("0 0 13 * 4", dialect) == "2028-10-13 00:00:00");
  CHECK(says(refusal("0 0 * * 7", dialect), "0-6"));
}

TEST_CASE("what is wrong is said with the field and what it may be") {
  CHECK(says(refusal("61 * * * *"), "'61' in the field 'minute'"));
  CHECK(says(refusal("61 * * * *"), "allowed is 0-59"));
  CHECK(says(refusal("* 24 * * *"), "'hour'"));
  CHECK(says(refusal("* 24 * * *"), "0-23"));
  CHECK(says(refusal("* * 0 * *"), "'day of month'"));
  CHECK(says(refusal("* * 1W * *"), "'1W'"));
  CHECK(says(refusal("* * * 13 *"), "'month'"));
  CHECK(says(refusal("* * * JANUARY *"), "JAN-DEC"));
  CHECK(says(refusal("* * * * 8"), "'day of week'"));
  CHECK(says(refusal("* * * * 8"), "0-7"));
  CHECK(says(refusal("* * * * FRI#6"), "1-5"));
  CHECK(says(refusal("-1 * * * *"), "'minute'"));
  CHECK(says(refusal("1, * * * *"), "'minute'"));
  CHECK(says(refusal("1-2-3 * * * *"), "'2-3'"));
  CHECK(says(refusal("20-10 * * * *"), "ends before it begins"));
  CHECK(says(refusal("*/0 * * * *"), "step"));
  CHECK(says(refusal("*/ * * * *"), "step"));
  CHECK(says(refusal("*/90 * * * *"), "step"));
  CHECK(says(refusal("99999999999 * * * *"), "'minute'"));
  CHECK(says(refusal("* * * *"), "it has 4 fields"));
  CHECK(says(refusal("* * * * * * *"), "it has 7 fields"));
  CHECK(says(refusal(""), "it has 0 fields"));
  CHECK(says(refusal("@reboot"), "@hourly"));
}

TEST_CASE("what is never due is refused") {
  CHECK(says(refusal("0 0 31 2 *"), "never due"));
  CHECK(says(refusal("0 0 30,31 FEB ?"), "never due"));
  CHECK(says(refusal("0 0 31 4,6,9,11 *"), "never due"));
  CHECK(says(refusal("0 0 */40 * *", cron_dialect::streamback), "no value"));
  // Mondays come, if not the 31st.
  CHECK(refusal("0 0 31 2 MON") == "accepted");
}

}  // namespace
