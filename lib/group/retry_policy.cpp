#include "sluice/group/retry_policy.hpp"

#include "core/bounded.hpp"

#include "sluice/core/error.hpp"

#include <algorithm>
#include <cmath>

namespace sluice {
namespace {

using milliseconds = std::chrono::milliseconds;

// What the error itself asks for.
std::optional<milliseconds> delay_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const retry_after& later) {
    return later.delay();
  } catch (...) {
    return std::nullopt;
  }
}

}  // namespace

retry_policy retry_policy::fixed(milliseconds pause) {
  if (pause < milliseconds(0)) {
    throw error(errc::invalid_argument, "a pause between attempts cannot be negative");
  }
  return retry_policy(bounded(pause), bounded(pause), 1.0);
}

retry_policy retry_policy::exponential(milliseconds first, milliseconds longest, double factor) {
  if (first <= milliseconds(0) || longest < first || !(factor >= 1.0)) {
    throw error(errc::invalid_argument,
                "pauses grow from more than 0, by a factor of at least 1, to at least the first");
  }
  return retry_policy(bounded(first), bounded(longest), factor);
}

retry_policy retry_policy::none() { return fixed(milliseconds(0)).attempts(1); }

retry_policy& retry_policy::attempts(std::int64_t most) {
  if (most < 1) throw error(errc::invalid_argument, "there is at least one attempt");
  attempts_ = most;
  return *this;
}

retry_policy& retry_policy::jitter(double share) {
  if (!(share >= 0.0 && share <= 1.0)) {
    throw error(errc::invalid_argument, "jitter must be from 0 to 1");
  }
  jitter_ = share;
  return *this;
}

bool retry_policy::is_final(const std::exception_ptr& failure) const {
  const auto applies = [&failure](test each) { return each(failure); };
  if (thrown_is<give_up>(failure) || std::any_of(final_.begin(), final_.end(), applies))
    return true;
  return !worth_.empty() && !thrown_is<retry_after>(failure) &&
         std::none_of(worth_.begin(), worth_.end(), applies);
}

std::optional<milliseconds> retry_policy::next(std::int64_t attempt,
                                               const std::exception_ptr& failure,
                                               std::uint64_t chance) const {
  if (attempt >= attempts_ || is_final(failure)) return std::nullopt;
  if (const auto asked = delay_of(failure)) return std::max(bounded(*asked), milliseconds(0));
  // A power that overflows is infinite, and then the longest pause is the least.
  const auto grown = static_cast<double>(first_.count()) *
                     std::pow(factor_, static_cast<double>(std::max<std::int64_t>(attempt, 1) - 1));
  const auto whole = std::min(grown, static_cast<double>(longest_.count()));
  const auto less = whole * jitter_ * static_cast<double>(chance % 1'024) / 1'024.0;
  return milliseconds(static_cast<std::int64_t>(whole - less));
}

}  // namespace sluice
