// When something is due: cron expressions in time zones.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// How an expression is read.
enum class cron_dialect : unsigned char {
  /// As cron does. Sunday is 0 or 7. Where both the day of the month and the day of the week are
  /// restricted, one of them suffices; a field that begins with `*` or `?` restricts nothing.
  standard,
  /// As streamback does. Monday is 0, Sunday 6; all fields must match; `*/n` are the multiples of
  /// n, of days and months as well.
  streamback,
};

/// A cron expression of five fields (minute, hour, day of the month, month, day of the week), or
/// six with seconds before them. A field is a list of `*`, values and ranges, the latter also with
/// a step: `1-5,10`, `10-20/5`, `*/15`, `30/10` (from 30 on). Months and days of the week have
/// names as well (`JAN`, `mon`). The day of the month may be `L`, the last one; the day of the week
/// `FRI#2`, the second Friday of the month, or `FRIL`, the last one. `@hourly`, `@daily` (or
/// `@midnight`), `@weekly`, `@monthly` and `@yearly` (or `@annually`) stand for whole expressions.
///
/// Where clocks are put forward, times that are left out come due together, once, right after the
/// gap. Where they are put back, times that come twice are due the first time only. Expressions
/// whose hours begin with `*` know neither: they are due whenever clocks show a time that matches.
///
/// @code
/// const sluice::cron nightly("30 3 * * MON-FRI");
/// for (const auto when : nightly.next(5, std::chrono::system_clock::now())) …
/// @endcode
///
/// Thread rule: a value; copies share what they are made of, and may be used from any thread.
class cron {
 public:
  using time_point = std::chrono::system_clock::time_point;

  /// Reads an expression; its zone is UTC.
  ///
  /// Throws `error` with `errc::invalid_argument` that names the field and what it may be; also for
  /// what is never due, such as the 31st of February.
  explicit cron(std::string_view expression, cron_dialect dialect = cron_dialect::standard);

  /// The zone whose clocks count: a name of the IANA database ("Europe/Athens"), "UTC", or a fixed
  /// distance from it ("+05:30"). Returns the object. Names take a build with time zones, and the
  /// system's database, which is read the first time; that of Debian knows changes up to 2037.
  ///
  /// Throws `error` with `errc::invalid_argument` for a zone that is not known.
  cron& in_zone(std::string_view name);

  /// The first time after `after`. Years are skipped, not walked through.
  std::chrono::sys_seconds next(time_point after) const;
  /// The first `count` times after `after`, in order.
  std::vector<std::chrono::sys_seconds> next(std::size_t count, time_point after) const;

  /// As it was given.
  const std::string& expression() const noexcept { return expression_; }
  /// How it was read.
  cron_dialect dialect() const noexcept { return dialect_; }
  /// The zone's name.
  const std::string& zone() const noexcept;

 private:
  std::string expression_;
  cron_dialect dialect_;
  std::shared_ptr<const struct cron_pattern> pattern_;
  std::shared_ptr<const class time_zone> zone_;
};

}  // namespace sluice
