#include "app/due_ticks.hpp"

#include <algorithm>
#include <cstddef>

namespace sluice {
namespace {

using namespace std::chrono_literals;

// What is later than that has been missed.
constexpr tick punctual = 5s;

cron::time_point time_of(tick when) { return cron::time_point(when); }

// The last `count` times after `from`, up to `now`. There may be millions in between: they are
// looked for backwards, in steps that double.
std::vector<tick> last_times(const cron& times, tick from, tick now, std::size_t count) {
  std::vector<tick> found;
  for (tick window = 1min; found.size() < count; window *= 2) {
    const auto begin = std::max(from, now - window);
    found.clear();
    for (tick at = begin;;) {
      at = times.next(time_of(at)).time_since_epoch();
      if (at > now) break;
      found.push_back(at);
    }
    if (begin == from) break;
  }
  if (found.size() > count) found.erase(found.begin(), found.end() - std::ptrdiff_t(count));
  return found;
}

std::vector<tick> last_times(tick interval, tick last, tick from, tick now, std::size_t count) {
  const auto steps = (now - last) / interval;
  const auto before = std::max<tick::rep>((from - last) / interval, 0);
  std::vector<tick> found;
  for (auto step = std::max(before + 1, steps - static_cast<tick::rep>(count) + 1); step <= steps;
       ++step) {
    found.push_back(last + step * interval);
  }
  return found;
}

}  // namespace

tick next_tick(const schedule& what, tick last, tick now) {
  if (const auto* const interval = std::get_if<tick>(&what.when())) {
    return last + (std::max(now - last, tick(0)) / *interval + 1) * *interval;
  }
  return std::get<cron>(what.when()).next(time_of(now)).time_since_epoch();
}

std::vector<tick> due_ticks(const schedule& what, tick last, tick now) {
  const bool skips = what.missed() == missed::skip;
  const auto age = skips ? std::min(punctual, what.not_older_than()) : what.not_older_than();
  const auto count = what.missed() == missed::latest ? 1 : what.at_most();
  const auto from = std::max(last, now - age);
  if (from >= now) return {};
  if (const auto* const interval = std::get_if<tick>(&what.when())) {
    return last_times(*interval, last, from, now, count);
  }
  return last_times(std::get<cron>(what.when()), from, now, count);
}

}  // namespace sluice
