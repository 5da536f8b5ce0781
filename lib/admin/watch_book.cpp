#include "admin/watch_book.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace sluice::admin {
namespace {

// Shorter ones say more about the moment of asking than about the group.
constexpr auto shortest_for_rates = std::chrono::milliseconds(100);

}  // namespace

void watch_book::know(std::string stream) {
  const auto [place, is_new] = streams_.try_emplace(std::move(stream));
  if (is_new) unseen_.insert(place->first);
}

void watch_book::forget(const std::string& stream) {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return;
  if (found->second.examined) --examined_;
  if (found->second.seen) {
    --seen_;
    std::erase(turns_, stream);
  } else {
    unseen_.erase(stream);
  }
  streams_.erase(found);
}

watch_book::choice watch_book::choose(std::size_t rows, std::size_t turns, std::size_t fresh) {
  choice next;
  std::set<std::string> chosen;
  for (const auto* each : worst(rows)) {
    if (chosen.insert(each->stream).second) next.closely.push_back(each->stream);
  }
  for (auto left = std::min(turns, turns_.size()); left > 0; --left) {
    auto name = std::move(turns_.front());
    turns_.pop_front();
    turns_.push_back(name);
    if (chosen.insert(name).second) next.closely.push_back(std::move(name));
  }
  for (const auto& each : unseen_) {
    if (next.briefly.size() == fresh) break;
    next.briefly.push_back(each);
  }
  return next;
}

void watch_book::note(stream_sight sight, time_point now) {
  const auto found = streams_.find(sight.stream);
  if (found == streams_.end()) return;
  auto& known = found->second;
  if (!std::exchange(known.seen, true)) {
    ++seen_;
    unseen_.erase(sight.stream);
    turns_.push_back(sight.stream);
  }
  if (sight.closely && !std::exchange(known.examined, true)) ++examined_;
  std::map<std::string, known_group> next;
  for (auto& view : sight.groups) {
    auto& group = next[view.facts.name];
    if (auto before = known.groups.extract(view.facts.name)) group = std::move(before.mapped());
    find_rates(view, group, now);
    view.state = plight_of(view, dead_after_);
    group.view = std::move(view);
  }
  known.groups = std::move(next);
}

void watch_book::find_rates(group_view& view, known_group& of, time_point now) {
  const auto apart = now - of.since;
  const bool is_new = of.since == time_point();
  if (!is_new && apart < shortest_for_rates) {
    view.rates = of.view.rates;
    return;
  }
  if (!is_new) view.rates = rates_between(of.base, view.facts, apart);
  of.base = view.facts;
  of.since = now;
}

std::vector<const group_view*> watch_book::all() const {
  std::vector<const group_view*> views;
  for (const auto& [name, stream] : streams_) {
    for (const auto& [group, known] : stream.groups) views.push_back(&known.view);
  }
  return views;
}

std::vector<const group_view*> watch_book::worst(std::size_t most) const {
  auto views = all();
  const auto count = std::min(most, views.size());
  const auto end = views.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(views.begin(), end, views.end(),
                    [](const auto* one, const auto* other) { return is_worse(*one, *other); });
  views.resize(count);
  return views;
}

watch_totals watch_book::totals() const {
  watch_totals sum;
  sum.streams = streams_.size();
  sum.seen = seen_;
  for (const auto* each : all()) {
    ++sum.groups;
    sum.lag += each->facts.lag.count;
    sum.pending += each->facts.pending;
    sum.taken += each->rates.taken.value_or(0);
    sum.settled += each->rates.settled.value_or(0);
    if (each->state == plight::behind) ++sum.behind;
    if (each->state == plight::stuck) ++sum.stuck;
    if (each->state == plight::abandoned) ++sum.abandoned;
  }
  return sum;
}

}  // namespace sluice::admin
