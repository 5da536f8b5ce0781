#include "sluice/app/cron.hpp"

#include "app/cron_pattern.hpp"
#include "app/cron_reader.hpp"
#include "app/time_zone.hpp"

#include <algorithm>

namespace sluice {
namespace {

using std::chrono::local_seconds;
using std::chrono::sys_seconds;
using namespace std::chrono_literals;

local_seconds shown(sys_seconds when, std::chrono::seconds offset) {
  return local_seconds(when.time_since_epoch() + offset);
}

sys_seconds meant(local_seconds clock, std::chrono::seconds offset) {
  return sys_seconds(clock.time_since_epoch() - offset);
}

// What the clocks of a period show from its beginning on, next to what they showed before.
struct change {
  local_seconds before;
  local_seconds after;
};

change change_at(const time_zone& zone, const zone_period& period) {
  const auto after = shown(period.begin, period.offset);
  if (period.begin <= dawn) return {after, after};
  return {shown(period.begin, zone.at(period.begin - 1s).offset), after};
}

}  // namespace

cron::cron(std::string_view expression, cron_dialect dialect)
    : expression_(expression),
      dialect_(dialect),
      pattern_(std::make_shared<cron_pattern>(read_cron(expression, dialect))),
      zone_(find_time_zone("UTC")) {}

cron& cron::in_zone(std::string_view name) {
  zone_ = find_time_zone(name);
  return *this;
}

const std::string& cron::zone() const noexcept { return zone_->name(); }

sys_seconds cron::next(time_point after) const {
  auto from = std::chrono::floor<std::chrono::seconds>(after) + 1s;
  while (true) {
    const auto period = zone_->at(from);
    auto clock = shown(from, period.offset);
    if (!pattern_->every_hour) {
      const auto [before, now] = change_at(*zone_, period);
      const bool in_gap = before < now && *pattern_->first(before) < now;
      if (in_gap && from == period.begin) return from;
      // What clocks show a second time.
      if (before > now) clock = std::max(clock, before);
    }
    const auto found = meant(*pattern_->first(clock), period.offset);
    if (found < period.end || period.end >= dusk) return found;
    from = period.end;
  }
}

std::vector<sys_seconds> cron::next(std::size_t count, time_point after) const {
  std::vector<sys_seconds> found;
  found.reserve(count);
  while (found.size() < count) {
    found.push_back(next(found.empty() ? after : time_point(found.back())));
  }
  return found;
}

}  // namespace sluice
