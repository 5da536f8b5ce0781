#include "sluice/app/listener_options.hpp"

#include "sluice/core/error.hpp"

namespace sluice {

using namespace std::chrono_literals;

listener_options& listener_options::concurrency(std::size_t messages) {
  if (messages == 0) throw error(errc::invalid_argument, "a listener of no messages at a time");
  concurrency_ = messages;
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
