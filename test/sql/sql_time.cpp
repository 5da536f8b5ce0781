// Times as tables hold them: milliseconds, and local timestamps as Python writes them.

#include "outbox/sql_time.hpp"
#include "support/catch.hpp"

#include <cstdlib>
#include <ctime>

namespace {

using namespace sluice::outbox;
using namespace std::chrono_literals;

/// A process in Central Europe; spelt out, as time zones by name may not be installed.
struct central_europe {
  central_europe() {
    ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    ::tzset();
  }
  ~central_europe() {
    ::unsetenv("TZ");
    ::tzset();
  }
};

constexpr wall_time winter{1'795'229'168'221ms};  // 2026-11-21 02:46:08.221 UTC
constexpr wall_time summer{1'782'000'000'000ms};  // 2026-06-21 00:00:00 UTC

TEST_CASE("milliseconds are the number since 1970, without parts of one") {
  CHECK(milliseconds_text(winter) == "1795229168221");
  CHECK(milliseconds_text(winter + 999us) == "1795229168221");
  CHECK(from_milliseconds_text("1795229168221") == winter);
  for (const auto* const text : {"", "soon", "12x", "1.5", "99999999999999999999"}) {
    CHECK_FALSE(from_milliseconds_text(text));
  }
}

TEST_CASE("a timestamp is local time with microseconds, in winter and in summer") {
  const central_europe here;
  CHECK(local_timestamp(winter) == "2026-11-21 03:46:08.221000");
  CHECK(local_timestamp(summer + 7us) == "2026-06-21 02:00:00.000007");
  CHECK(local_timestamp(wall_time(-1us)) == "1970-01-01 00:59:59.999999");
  for (const auto at : {winter, summer, summer + 999'999us}) {
    CHECK(from_local_timestamp(local_timestamp(at)) == at);
  }
}

TEST_CASE("a timestamp is read with a shorter fraction, without one, and with a T") {
  const central_europe here;
  CHECK(from_local_timestamp("2026-11-21 03:46:08.221") == winter);
  CHECK(from_local_timestamp("2026-11-21T03:46:08.221") == winter);
  CHECK(from_local_timestamp("2026-11-21 03:46:08") == winter - 221ms);
  for (const auto* const text : {"", "2026-11-21", "2026-11-21 03:46", "2026-11-21 03:46:08.",
                                 "2026-11-21 03:46:08+01", "yesterday"}) {
    CHECK_FALSE(from_local_timestamp(text));
  }
}

}  // namespace
