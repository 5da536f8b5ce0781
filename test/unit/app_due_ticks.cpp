// Which times of a schedule are sent, now or after an absence.
#include "app/due_ticks.hpp"
#include "app/schedule_record.hpp"

#include <sluice/core/error.hpp>

#include "support/catch.hpp"
#include "support/scene.hpp"

#include <vector>

namespace {

using namespace std::chrono_literals;
using scene::code_of;
using sluice::due_ticks;
using sluice::every;
using sluice::missed;
using sluice::next_tick;
using sluice::schedule;
using sluice::tick;

constexpr tick noon = 1'830'340'800s;  // 2028-01-01 12:00:00

std::vector<tick> after_noon(const std::vector<tick>& ticks) {
  std::vector<tick> found;
  for (const auto each : ticks) found.push_back(each - noon);
  return found;
}

using ticks = std::vector<tick>;

TEST_CASE("a time is sent when it has come, not before") {
  const auto minutes = every("* * * * *");
  CHECK(due_ticks(minutes, noon, noon + 59'999ms).empty());
  CHECK(after_noon(due_ticks(minutes, noon, noon + 60s)) == ticks{60s});
  CHECK(due_ticks(minutes, noon + 60s, noon + 60s).empty());
  CHECK(next_tick(minutes, noon, noon + 30s) == noon + 60s);
}

TEST_CASE("intervals are counted from the last time, whatever was missed") {
  const auto often = every(7s).missed(missed::all);
  CHECK(after_noon(due_ticks(often, noon, noon + 15s)) == ticks{7s, 14s});
  CHECK(next_tick(often, noon, noon) == noon + 7s);
  CHECK(next_tick(often, noon, noon + 14s) == noon + 21s);
  CHECK(next_tick(often, noon, noon + 15s) == noon + 21s);
}

TEST_CASE("after an absence the last time is made up for") {
  CHECK(after_noon(due_ticks(every("0 * * * *"), noon, noon + 5h + 30min)) == ticks{5h});
  CHECK(after_noon(due_ticks(every(7s), noon, noon + 5h)) == ticks{17'997s});
}

TEST_CASE("or each of them, of very many the last ones") {
  const auto hours = every("0 * * * *").missed(missed::all);
  CHECK(after_noon(due_ticks(hours, noon, noon + 3h)) == ticks{1h, 2h, 3h});
  auto few = hours;
  few.at_most(2);
  CHECK(after_noon(due_ticks(few, noon, noon + 3h)) == ticks{2h, 3h});
  const auto seconds = every("* * * * * *").missed(missed::all).not_older_than(24h * 365);
  CHECK(due_ticks(seconds, noon, noon + 24h * 300).size() == 100);
  CHECK(due_ticks(seconds, noon, noon + 24h * 300).back() == noon + 24h * 300);
  auto quick = every(10ms).missed(missed::all).at_most(3);
  CHECK(after_noon(due_ticks(quick, noon, noon + 1h)) == ticks{1h - 20ms, 1h - 10ms, tick(1h)});
}

TEST_CASE("or none but those that are hardly late") {
  const auto hours = every("0 * * * *").missed(missed::skip);
  CHECK(due_ticks(hours, noon, noon + 3h + 6s).empty());
  CHECK(after_noon(due_ticks(hours, noon, noon + 3h + 4s)) == ticks{3h});
  CHECK(next_tick(hours, noon, noon + 3h + 6s) == noon + 4h);
}

TEST_CASE("what is too old is not made up for") {
  const auto daily = every("0 0 * * *").not_older_than(1h);
  CHECK(due_ticks(daily, noon, noon + 24h).empty());
  CHECK(due_ticks(daily, noon, noon + 12h + 30min).size() == 1);
}

TEST_CASE("a time after the server's is none that is due") {
  CHECK(due_ticks(every("* * * * *"), noon + 1h, noon).empty());
  CHECK(due_ticks(every(5s), noon + 1h, noon).empty());
  CHECK(next_tick(every(5s), noon + 1h, noon) > noon + 1h);
}

TEST_CASE("a schedule that makes no sense is refused") {
  using sluice::errc;
  CHECK(code_of([] { every(9ms); }) == errc::invalid_argument);
  CHECK(code_of([] { every("* * *"); }) == errc::invalid_argument);
  CHECK(code_of([] { every(1s).in_zone("UTC"); }) == errc::invalid_argument);
  CHECK(code_of([] { every("@daily").in_zone("Atlantis"); }) == errc::invalid_argument);
  CHECK(code_of([] { every(1s).at_most(0); }) == errc::invalid_argument);
  CHECK(code_of([] { every(1s).not_older_than(0s); }) == errc::invalid_argument);
  CHECK(code_of([] { every(1s).jitter(-1ms); }) == errc::invalid_argument);
}

TEST_CASE("a schedule is what it was when the server has remembered it") {
  const boost::json::value value{{"of", "day"}};
  const auto made = every("0 3 * * 0", sluice::cron_dialect::streamback)
                        .in_zone("+02:00")
                        .then("report", value)
                        .missed(missed::all)
                        .at_most(7)
                        .not_older_than(2h)
                        .jitter(3s);
  const auto record = sluice::encode_schedule(made);
  const auto read = sluice::decode_schedule(record, "nightly");
  CHECK(sluice::encode_schedule(read) == record);
  CHECK(read.name() == "nightly");
  CHECK(read.topic() == "report");
  CHECK(read.value() == value);
  CHECK(read.at_most() == 7);
  const auto often = sluice::encode_schedule(every(5s).then("report"));
  CHECK(std::get<tick>(sluice::decode_schedule(often, "often").when()) == 5s);
}

TEST_CASE("a schedule that this process does not understand is an error") {
  const auto record = sluice::encode_schedule(every(5s).then("report"));
  for (const auto* const when : {"", "[]", R"({"moon":"full"})", R"({"cron":"@daily"})",
                                 R"({"cron":"@daily","zone":"UTC","dialect":"martian"})"}) {
    INFO(when);
    CHECK_THROWS(sluice::decode_schedule({when, record.task}, "odd"));
  }
  CHECK_THROWS(sluice::decode_schedule({record.when, "{}"}, "odd"));
}

}  // namespace
