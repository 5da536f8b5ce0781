#include "sluice/process/supervisor.hpp"

#include "process/supervision.hpp"

#include "sluice/core/error.hpp"

#include <iostream>
#include <utility>

namespace sluice {
namespace {

using namespace std::chrono_literals;

void require(bool holds, const char* text) {
  if (!holds) throw error(errc::invalid_argument, text);
}

// One write, so that lines of several processes stay whole.
void tell_on_standard_error(const process_event& what) { std::cerr << to_string(what) + '\n'; }

}  // namespace

supervisor::supervisor() : tell_(tell_on_standard_error) {}

supervisor& supervisor::processes(std::size_t count) {
  require(count >= 1 && count <= 4096, "a crew has from 1 to 4096 processes");
  processes_ = count;
  return *this;
}

supervisor& supervisor::restart_after(std::chrono::milliseconds age) {
  require(age > 0ms, "a process has to live for some time");
  age_ = age;
  return *this;
}

supervisor& supervisor::restart_above(std::uint64_t bytes) {
  require(bytes > 0, "a process takes some memory");
  memory_ = bytes;
  return *this;
}

supervisor& supervisor::drain_within(std::chrono::milliseconds limit) {
  require(limit >= 0ms, "the time to drain cannot be negative");
  drain_ = limit;
  return *this;
}

supervisor& supervisor::backoff(std::chrono::milliseconds first,
                                std::chrono::milliseconds longest) {
  require(first > 0ms && longest >= first, "pauses grow from more than 0 to at least the first");
  first_pause_ = first;
  longest_pause_ = longest;
  return *this;
}

supervisor& supervisor::extend(std::shared_ptr<extension> what) {
  require(what != nullptr, "an extension that is none");
  extensions_.push_back(std::move(what));
  return *this;
}

supervisor& supervisor::on_event(event_handler handler) {
  tell_ = handler ? std::move(handler) : event_handler(tell_on_standard_error);
  return *this;
}

supervisor& supervisor::report_every(std::chrono::milliseconds interval, report_handler handler) {
  require(interval > 0ms, "an interval of reports of no time");
  report_every_ = interval;
  report_ = std::move(handler);
  return *this;
}

int supervisor::run(const work& what) {
  require(static_cast<bool>(what), "a crew without work");
  supervision here(*this, what);
  return here.run();
}

}  // namespace sluice
