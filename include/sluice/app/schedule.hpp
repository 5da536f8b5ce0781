// Messages that are sent again and again.
#pragma once

#include "sluice/app/cron.hpp"

#include <boost/json/value.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace sluice {

/// What becomes of times at which no process of the app was there.
enum class missed : unsigned char {
  skip,    ///< Nothing: what is more than 5 s late is left out.
  latest,  ///< The last one is made up for.
  all,     ///< Each is made up for, in order; of very many the last ones.
};

/// When which message is sent; made by `every`. Setters return the object.
///
/// @code
/// auto nightly = sluice::every("0 3 * * *").in_zone("Europe/Athens").then("report");
/// billing.schedule(nightly);
/// @endcode
///
/// Thread rule: a value.
class schedule {
 public:
  using milliseconds = std::chrono::milliseconds;

  /// At the times of a cron expression.
  explicit schedule(cron times) : when_(std::move(times)) {}
  /// That often, counted from when it begins, ≥ 10 ms.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  explicit schedule(milliseconds interval);

  /// Where the message goes, and what it says.
  schedule& then(std::string topic, boost::json::value what = nullptr) {
    return topic_ = std::move(topic), value_ = std::move(what), *this;
  }
  /// What it is called, in its app; the topic if not said.
  schedule& named(std::string name) { return name_ = std::move(name), *this; }
  /// Whose clocks count; see `cron::in_zone`.
  ///
  /// Throws `error` with `errc::invalid_argument` for a zone that is not known, and for intervals,
  /// which are the same everywhere.
  schedule& in_zone(std::string_view name);
  /// What becomes of missed times. Default `latest`.
  schedule& missed(sluice::missed what) { return missed_ = what, *this; }
  /// How many are made up for at most, under `missed::all`, ≥ 1. Default 100.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  schedule& at_most(std::size_t count);
  /// Older ones are not made up for, > 0. Default: one day.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  schedule& not_older_than(milliseconds age);
  /// Each message leaves later by a random time up to this one, ≥ 0. Default 0.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  schedule& jitter(milliseconds most);

  /// A cron, or an interval.
  const std::variant<cron, milliseconds>& when() const noexcept { return when_; }
  /// Where its messages go.
  const std::string& topic() const noexcept { return topic_; }
  /// What they say.
  const boost::json::value& value() const noexcept { return value_; }
  /// What it is called in its app.
  const std::string& name() const noexcept { return name_.empty() ? topic_ : name_; }
  sluice::missed missed() const noexcept { return missed_; }
  std::size_t at_most() const noexcept { return at_most_; }
  milliseconds not_older_than() const noexcept { return oldest_; }
  milliseconds jitter() const noexcept { return jitter_; }

 private:
  std::variant<cron, milliseconds> when_;
  std::string topic_;
  boost::json::value value_;
  std::string name_;
  sluice::missed missed_ = sluice::missed::latest;
  std::size_t at_most_ = 100;
  milliseconds oldest_ = std::chrono::hours(24);
  milliseconds jitter_{0};
};

/// A schedule by a cron expression: `every("*/30 * * * * *")` is each half of a minute.
///
/// Throws `error` with `errc::invalid_argument`; see `cron`.
inline schedule every(std::string_view expression, cron_dialect dialect = cron_dialect::standard) {
  return schedule(cron(expression, dialect));
}
/// A schedule by an interval: `every(5s)`.
///
/// Throws `error` with `errc::invalid_argument` for less than 10 ms.
inline schedule every(std::chrono::milliseconds interval) { return schedule(interval); }

}  // namespace sluice
