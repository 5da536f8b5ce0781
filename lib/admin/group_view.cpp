#include "sluice/admin/group_view.hpp"

#include <algorithm>
#include <tuple>

namespace sluice::admin {
namespace {

using difference = std::optional<std::int64_t>;

std::int64_t minus(std::uint64_t now, std::uint64_t before) noexcept {
  return static_cast<std::int64_t>(now - before);
}

// Also known where the server does not count, as long as nothing happens.
difference taken_between(const group_facts& before, const group_facts& now) noexcept {
  if (now.position == before.position) return 0;
  if (!before.read || !now.read || now.position < before.position) return std::nullopt;
  return minus(*now.read, *before.read);
}

std::optional<double> rate(difference entries, std::chrono::duration<double> apart) noexcept {
  if (!entries || *entries < 0 || apart.count() <= 0) return std::nullopt;
  return static_cast<double>(*entries) / apart.count();
}

// A lag that comes and goes with each batch is none that grows.
bool falls_behind(const group_view& which) noexcept {
  const auto& [added, taken, settled] = which.rates;
  return which.facts.lag.count > 0 && added && taken && *added > 1.05 * *taken;
}

}  // namespace

group_rates rates_between(const group_facts& before, const group_facts& now,
                          std::chrono::duration<double> apart) noexcept {
  const auto taken = taken_between(before, now);
  const bool counted = !before.lag.estimated && !now.lag.estimated;
  group_rates rates;
  rates.taken = rate(taken, apart);
  if (taken && counted) rates.added = rate(*taken + minus(now.lag.count, before.lag.count), apart);
  if (taken) rates.settled = rate(*taken - minus(now.pending, before.pending), apart);
  return rates;
}

std::string_view to_string(plight how) noexcept {
  switch (how) {
    case plight::working:
      return "working";
    case plight::behind:
      return "behind";
    case plight::stuck:
      return "stuck";
    case plight::abandoned:
      return "abandoned";
    case plight::resting:
      break;
  }
  return "resting";
}

std::size_t group_view::living(std::chrono::milliseconds dead_after) const noexcept {
  const auto count = std::count_if(consumers.begin(), consumers.end(), [=](const auto& each) {
    return !each.facts.nobody && each.silence() < dead_after;
  });
  return static_cast<std::size_t>(count);
}

plight plight_of(const group_view& which, std::chrono::milliseconds dead_after) noexcept {
  const auto& facts = which.facts;
  std::uint64_t waiting = facts.lag.count;
  bool left = false;
  for (const auto& each : which.consumers) {
    if (each.facts.nobody) {
      waiting += each.facts.pending;
    } else if (each.facts.pending > 0 && each.silence() >= dead_after) {
      left = true;
    }
  }
  const bool nobody = which.closely ? which.living(dead_after) == 0 : facts.consumers == 0;
  if (nobody && waiting > 0) return plight::abandoned;
  if (left) return plight::stuck;
  if (falls_behind(which)) return plight::behind;
  return facts.lag.count + facts.pending > 0 ? plight::working : plight::resting;
}

bool is_worse(const group_view& one, const group_view& other) noexcept {
  const auto waiting = [](const group_view& of) { return of.facts.lag.count + of.facts.pending; };
  return std::tuple(other.state, waiting(other), std::string_view(one.stream),
                    std::string_view(one.facts.name)) <
         std::tuple(one.state, waiting(one), std::string_view(other.stream),
                    std::string_view(other.facts.name));
}

}  // namespace sluice::admin
