#include "sluice/app/concurrency_policy.hpp"

#include "core/bounded.hpp"

#include "sluice/core/error.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace sluice {
namespace {

constexpr std::size_t most_at_once = 10'000;

using step = concurrency_policy::step;

void check(const std::vector<step>& steps) {
  if (steps.empty()) throw error(errc::invalid_argument, "a concurrency without any step");
  for (const auto& each : steps) {
    if (each.messages < 1 || each.messages > most_at_once) {
      throw error(errc::invalid_argument, "a step of concurrency must be from 1 to 10,000");
    }
  }
  const auto unordered = std::adjacent_find(
      steps.begin(), steps.end(),
      [](const step& low, const step& high) { return low.backlog >= high.backlog; });
  if (unordered != steps.end()) {
    throw error(errc::invalid_argument, "the backlogs of steps of concurrency must ascend");
  }
}

}  // namespace

concurrency_policy::concurrency_policy(std::size_t messages) {
  if (messages == 0) throw error(errc::invalid_argument, "a listener of no messages at a time");
  steps_.push_back({0, messages});
}

concurrency_policy::concurrency_policy(std::initializer_list<step> steps)
    : concurrency_policy(std::vector<step>(steps)) {}

concurrency_policy::concurrency_policy(std::vector<step> steps) : steps_(std::move(steps)) {
  check(steps_);
}

concurrency_policy concurrency_policy::range(std::size_t least, std::size_t most,
                                             std::uint64_t waiting) {
  if (least < 1 || least > most || most > most_at_once) {
    throw error(errc::invalid_argument,
                "a range of concurrency begins at 1 or more, and ends at 10,000 or less");
  }
  constexpr auto farthest = std::numeric_limits<std::uint64_t>::max() / most_at_once;
  if (waiting < 1 || waiting > farthest) {
    throw error(errc::invalid_argument, "a range of concurrency grows with 1 message or more");
  }
  std::vector<step> steps;
  for (auto each = least; each <= most; ++each) steps.push_back({(each - least) * waiting, each});
  return concurrency_policy(std::move(steps));
}

concurrency_policy& concurrency_policy::change_every(std::chrono::milliseconds interval) {
  if (interval.count() <= 0) {
    throw error(errc::invalid_argument, "the time between changes of concurrency must be > 0");
  }
  interval_ = bounded(interval);
  return *this;
}

std::size_t concurrency_policy::at(std::uint64_t backlog) const noexcept {
  const auto found = std::find_if(steps_.begin(), steps_.end(),
                                  [backlog](const step& each) { return each.backlog >= backlog; });
  return found == steps_.end() ? steps_.back().messages : found->messages;
}

bool concurrency_policy::varies() const noexcept {
  return std::any_of(steps_.begin(), steps_.end(),
                     [this](const step& each) { return each.messages != steps_.front().messages; });
}

concurrency_policy concurrency_policy::joined_with(const concurrency_policy& other) const {
  std::vector<step> all;
  std::merge(steps_.begin(), steps_.end(), other.steps_.begin(), other.steps_.end(),
             std::back_inserter(all),
             [](const step& one, const step& two) { return one.backlog < two.backlog; });
  const auto same = std::unique(all.begin(), all.end(), [](const step& one, const step& two) {
    return one.backlog == two.backlog;
  });
  all.erase(same, all.end());
  for (auto& each : all) each.messages = std::max(at(each.backlog), other.at(each.backlog));
  concurrency_policy joined;
  joined.steps_ = std::move(all);
  joined.interval_ = std::max(interval_, other.interval_);
  return joined;
}

}  // namespace sluice
