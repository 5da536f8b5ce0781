#include "sluice/app/listener_options.hpp"

#include "sluice/core/error.hpp"

#include <utility>

namespace sluice {

using namespace std::chrono_literals;

listener_options& listener_options::concurrency(std::size_t messages) {
  return concurrency(concurrency_policy(messages));
}

listener_options& listener_options::concurrency(std::size_t least, std::size_t most) {
  return concurrency(concurrency_policy::range(least, most));
}

listener_options& listener_options::concurrency(concurrency_policy by_backlog) {
  scaling_ = std::move(by_backlog);
  return *this;
}

listener_options& listener_options::drain_within(std::chrono::milliseconds limit) {
  if (limit < 0ms) throw error(errc::invalid_argument, "the time to drain cannot be negative");
  drain_ = limit;
  return *this;
}

listener_options& listener_options::flush_every(std::chrono::milliseconds interval) {
  if (interval <= 0ms) throw error(errc::invalid_argument, "an interval of flushes of no time");
  flush_ = interval;
  return *this;
}

}  // namespace sluice
