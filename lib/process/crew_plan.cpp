#include "process/crew_plan.hpp"

#include <algorithm>

namespace sluice {
namespace {

using namespace std::chrono_literals;

// The system ends what is killed, unless it waits for a disk that never answers.
constexpr auto grace_of_the_killed = 5s;

}  // namespace

crew_plan::crew_plan(const crew_rules& rules)
    : rules_(rules), places_(rules.processes, place(rules)) {}

// What has happened.

void crew_plan::on_started(std::size_t number, std::int64_t process, clock::time_point now) {
  auto& which = places_[number];
  which.is = phase::running;
  which.process = process;
  which.since = now;
  ++which.starts;
  which.heavy = which.outdated = which.planned = false;
}

void crew_plan::vacate(place& which, clock::duration pause, clock::time_point now) {
  which.is = phase::vacant;
  which.process = 0;
  which.since = now + pause;
}

clock::duration crew_plan::on_not_started(std::size_t number, clock::time_point now) {
  auto& which = places_[number];
  const auto pause = which.pause.after(clock::duration(0));
  vacate(which, pause, now);
  return pause;
}

clock::duration crew_plan::on_ended(std::size_t number, clock::time_point now) {
  auto& which = places_[number];
  const auto pause = which.planned ? clock::duration(0) : which.pause.after(now - which.since);
  vacate(which, pause, now);
  return stopping_ ? clock::duration(0) : pause;
}

void crew_plan::on_memory(std::size_t number, std::uint64_t bytes) {
  places_[number].heavy = rules_.memory && bytes > *rules_.memory;
}

void crew_plan::replace_all() {
  for (auto& each : places_) each.outdated = true;
}

void crew_plan::stop(clock::time_point now) {
  stop_limit_ = stopping_ ? now : now + rules_.drain;
  stopping_ = true;
  for (auto& each : places_) {
    if (each.is == phase::ending) each.limit = std::min(each.limit, stop_limit_);
  }
}

// What follows.

clock::time_point crew_plan::end_of_life(const place& which) const {
  return rules_.age ? which.since + *rules_.age : clock::time_point::max();
}

std::string_view crew_plan::reason_to_replace(const place& which, clock::time_point now) const {
  if (which.outdated) return "all are replaced";
  if (which.heavy) return "it takes too much memory";
  return end_of_life(which) <= now ? "it is old enough" : "";
}

bool crew_plan::replacing() const {
  return std::any_of(places_.begin(), places_.end(), [](const place& each) {
    return each.is == phase::ending || each.is == phase::killed;
  });
}

void crew_plan::decide(std::size_t number, clock::time_point now, std::vector<order>& orders) {
  auto& which = places_[number];
  switch (which.is) {
    case phase::vacant:
      if (!stopping_ && which.since <= now) orders.push_back({deed::start, number, ""});
      break;
    case phase::running: {
      const auto why = stopping_ ? "the supervisor ends" : reason_to_replace(which, now);
      if (why.empty() || (!stopping_ && replacing())) break;
      which.is = phase::ending;
      which.limit = stopping_ ? stop_limit_ : now + rules_.drain;
      // One that is too big right after its beginning would be started again and again.
      which.planned = !which.heavy;
      orders.push_back({deed::ask_to_end, number, why});
      break;
    }
    case phase::ending:
      if (now < which.limit) break;
      which.is = phase::killed;
      which.limit = now + grace_of_the_killed;
      orders.push_back({deed::kill, number, ""});
      break;
    case phase::killed:
      if (now >= which.limit) orders.push_back({deed::abandon, number, ""});
      break;
  }
}

std::vector<crew_plan::order> crew_plan::due(clock::time_point now) {
  std::vector<order> orders;
  for (std::size_t i = 0; i < places_.size(); ++i) decide(i, now, orders);
  return orders;
}

clock::time_point crew_plan::next() const {
  auto soonest = clock::time_point::max();
  const bool busy = replacing();
  for (const auto& each : places_) {
    switch (each.is) {
      case phase::vacant:
        if (!stopping_) soonest = std::min(soonest, each.since);
        break;
      case phase::running:
        if (!busy) soonest = std::min(soonest, end_of_life(each));
        break;
      default:
        soonest = std::min(soonest, each.limit);
    }
  }
  return soonest;
}

bool crew_plan::over() const {
  return stopping_ && std::all_of(places_.begin(), places_.end(),
                                  [](const place& each) { return each.is == phase::vacant; });
}

bool crew_plan::ending(std::size_t number) const {
  const auto is = places_[number].is;
  return is == phase::ending || is == phase::killed;
}

std::uint64_t crew_plan::restarts(std::size_t number) const {
  const auto starts = places_[number].starts;
  return starts > 0 ? starts - 1 : 0;
}

}  // namespace sluice
