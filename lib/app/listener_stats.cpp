#include "sluice/app/listener_stats.hpp"

#include "core/process_memory.hpp"

#include "sluice/core/error.hpp"

#include <algorithm>
#include <iostream>
#include <utility>

#include <unistd.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;

std::string in_milliseconds(std::chrono::microseconds time) {
  const auto tenths = time.count() / 100;
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " ms";
}

std::string line_of(const listener_figures& what) {
  std::string text = what.topic + ' ' + std::to_string(what.handled) + " handled";
  if (what.failed > 0) text += ", " + std::to_string(what.failed) + " failed";
  if (what.cut_short > 0) text += ", " + std::to_string(what.cut_short) + " cut short";
  if (what.in_progress > 0) text += ", " + std::to_string(what.in_progress) + " in progress";
  return text + " (mean " + in_milliseconds(what.mean()) + ", longest " +
         in_milliseconds(what.longest) + ')';
}

}  // namespace

std::chrono::microseconds listener_figures::mean() const noexcept {
  const auto ended = static_cast<std::int64_t>(handled + failed + cut_short);
  return ended == 0 ? 0us : total / ended;
}

std::string to_string(const process_figures& what) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(what.age).count();
  std::string text = what.app + " process " + std::to_string(what.process) + ", " +
                     std::to_string(seconds) + " s, " + std::to_string(what.memory >> 20) + " MiB";
  auto between = ": ";
  for (const auto& each : what.topics) text += std::exchange(between, "; ") + line_of(each);
  return text;
}

listener_stats::listener_stats(std::chrono::milliseconds every) : every_(every) {
  if (every < 0ms) throw error(errc::invalid_argument, "an interval of reports of less than 0");
}

process_figures listener_stats::figures() const {
  process_figures made;
  made.app = where_.name();
  made.process = ::getpid();
  made.age = where_.age();
  made.memory = resident_memory();
  for (const auto& [topic, figures] : topics_) made.topics.push_back(figures);
  return made;
}

boost::asio::awaitable<void> listener_stats::on_start(running_app where) {
  where_ = std::move(where);
  co_return;
}

boost::asio::awaitable<void> listener_stats::on_stop() {
  report(figures());
  co_return;
}

void listener_stats::on_consume_begin(const consumption& what) {
  const auto& topic = what.message().topic();
  auto& counted = topics_[topic];
  if (counted.topic.empty()) counted.topic = topic;
  ++counted.in_progress;
}

void listener_stats::on_consume_end(const consumption& what) {
  auto& counted = topics_[what.message().topic()];
  --counted.in_progress;
  counted.total += what.taken();
  counted.longest = std::max(counted.longest, what.taken());
  switch (what.outcome()) {
    case listener_outcome::failed:
      ++counted.failed;
      break;
    case listener_outcome::cut_short:
      ++counted.cut_short;
      break;
    default:
      ++counted.handled;
  }
}

std::chrono::milliseconds listener_stats::tick_every() const { return every_; }
void listener_stats::on_tick() { report(figures()); }

// One write, so that the lines of several processes stay whole.
void listener_stats::report(const process_figures& now) { std::cerr << to_string(now) + '\n'; }

}  // namespace sluice
