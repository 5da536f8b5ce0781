#include "sluice/app/schedule.hpp"

#include "sluice/core/error.hpp"

namespace sluice {

schedule::schedule(milliseconds interval) : when_(interval) {
  if (interval < milliseconds(10)) {
    throw error(errc::invalid_argument, "a schedule's interval is 10 ms at least");
  }
}

schedule& schedule::in_zone(std::string_view name) {
  auto* const times = std::get_if<cron>(&when_);
  if (times == nullptr) throw error(errc::invalid_argument, "an interval knows no time zone");
  times->in_zone(name);
  return *this;
}

schedule& schedule::at_most(std::size_t count) {
  if (count == 0) throw error(errc::invalid_argument, "missed::skip makes up for none");
  at_most_ = count;
  return *this;
}

schedule& schedule::not_older_than(milliseconds age) {
  if (age.count() <= 0) throw error(errc::invalid_argument, "an age of no time");
  oldest_ = age;
  return *this;
}

schedule& schedule::jitter(milliseconds most) {
  if (most.count() < 0) throw error(errc::invalid_argument, "a schedule's jitter is not negative");
  jitter_ = most;
  return *this;
}

}  // namespace sluice
