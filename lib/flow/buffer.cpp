#include "sluice/flow/buffer.hpp"

#include "group/token_bucket.hpp"

#include <algorithm>
#include <cstdint>

namespace sluice::flow {

paced_stage buffer(std::size_t capacity) {
  return {"buffer", at_least(1, capacity, "the capacity of a buffer"), nullptr};
}

paced_stage delay(std::chrono::nanoseconds time, std::size_t capacity) {
  const auto wait = positive(time, "a delay");
  const auto turn = [wait](clock::time_point, clock::time_point arrived) { return arrived + wait; };
  return {"delay", at_least(1, capacity, "the capacity of a delay"), turn};
}

paced_stage rate_limit(std::size_t count, std::chrono::nanoseconds interval, std::size_t burst) {
  const auto whole = positive(interval, "the interval of a rate");
  const auto each = whole / static_cast<std::int64_t>(at_least(1, count, "a rate"));
  const auto saved = static_cast<std::int64_t>(at_least(1, burst, "a burst"));
  token_bucket bucket(std::max(each, std::chrono::nanoseconds(1)), saved);
  const auto turn = [bucket](clock::time_point now, clock::time_point) mutable {
    return bucket.take(now);
  };
  return {"rate_limit", 1, turn};
}

}  // namespace sluice::flow
