#include "process/supervision.hpp"

#include "core/bounded.hpp"
#include "core/process_memory.hpp"
#include "process/forked_worker.hpp"
#include "process/thread_count.hpp"

#include "sluice/core/error.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr auto looks_after_memory_every = 1s;

std::chrono::milliseconds in_milliseconds(clock::duration time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time);
}

bool terminal_there() {
  const int terminal = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) return false;
  ::close(terminal);
  return true;
}

process_end end_of(int status) {
  return WIFSIGNALED(status) ? process_end::killed(WTERMSIG(status))
                             : process_end::exited(WEXITSTATUS(status));
}

void require_one_thread() {
  const auto threads = thread_count();
  if (threads <= 1) return;
  throw error(errc::invalid_argument,
              "a supervisor has to run before other threads begin, as it forks: this process has " +
                  std::to_string(threads));
}

void require_knowledge_of_memory() {
  if (resident_memory_of(::getpid())) return;
  throw error(errc::invalid_argument,
              "without /proc a supervisor does not know how much memory its processes take");
}

}  // namespace

supervision::supervision(const supervisor& how, const supervisor::work& what)
    : how_(how),
      work_(what),
      time_(system_clock()),
      kit_(std::make_shared<worker_kit>()),
      has_terminal_(terminal_there()),
      plan_([&how] {
        crew_rules rules;
        rules.processes = how.processes_;
        rules.first_pause = bounded(how.first_pause_);
        rules.longest_pause = bounded(how.longest_pause_);
        rules.drain = bounded(how.drain_);
        if (how.age_ > 0ms) rules.age = bounded(how.age_);
        if (how.memory_ > 0) rules.memory = how.memory_;
        return rules;
      }()) {
  require_one_thread();
  if (how.memory_ > 0) require_knowledge_of_memory();
  kit_->extensions = how.extensions_;
  const auto now = time_->now();
  if (how.memory_ > 0) look_at_ = now + looks_after_memory_every;
  if (!how.report_) return;
  kit_->board = std::make_shared<figure_board>(how.processes_);
  report_at_ = now + bounded(how.report_every_);
}

supervision::~supervision() {
  for (std::size_t i = 0; i < plan_.size(); ++i) {
    if (plan_.process(i) == 0) continue;
    send(i, SIGKILL);
    ::waitpid(static_cast<::pid_t>(plan_.process(i)), nullptr, 0);
  }
}

int supervision::run() {
  while (!plan_.over()) {
    for (const auto& each : plan_.due(time_->now())) obey(each);
    on_signal(signals_.wait(patience()));
    reap();
    if (look_at_ <= time_->now()) look_after_memory();
    if (report_at_ <= time_->now()) report();
  }
  return failed_ ? 1 : 0;
}

clock::duration supervision::patience() const {
  if (plan_.over()) return 0s;
  const auto now = time_->now();
  const auto next = std::min({plan_.next(), look_at_, report_at_});
  return next == clock::time_point::max() ? bounded(clock::duration::max()) : next - now;
}

void supervision::on_signal(int signal) {
  switch (signal) {
    case SIGHUP:
      if (!has_terminal_) return plan_.replace_all();
      [[fallthrough]];
    case SIGTERM:
    case SIGINT:
      return plan_.stop(time_->now());
    default:
      return;
  }
}

// What the plan wants done.

process_event supervision::event_of(std::size_t number, process_event::kind what) const {
  process_event made;
  made.what = what;
  made.number = number;
  made.process = plan_.process(number);
  return made;
}

void supervision::send(std::size_t number, int signal) const noexcept {
  // Its id is nobody else's before it has been waited for.
  ::kill(static_cast<::pid_t>(plan_.process(number)), signal);
}

void supervision::obey(const crew_plan::order& what) {
  switch (what.what) {
    case crew_plan::deed::start:
      return start(what.number);
    case crew_plan::deed::ask_to_end: {
      send(what.number, SIGTERM);
      auto told = event_of(what.number, process_event::kind::asked_to_end);
      told.why = what.why;
      return tell(told);
    }
    case crew_plan::deed::kill:
      send(what.number, SIGKILL);
      failed_ = failed_ || plan_.stopping();
      return tell(event_of(what.number, process_event::kind::killed));
    case crew_plan::deed::abandon:
      tell(event_of(what.number, process_event::kind::lost));
      plan_.on_ended(what.number, time_->now());
  }
}

void supervision::start(std::size_t number) {
  if (kit_->board) kit_->board->clear(number);
  const auto process = fork_worker(number, kit_, signals_, work_);
  if (process > 0) {
    plan_.on_started(number, process, time_->now());
    return tell(event_of(number, process_event::kind::started));
  }
  const std::string why = std::strerror(errno);
  auto told = event_of(number, process_event::kind::not_started);
  told.why = why;
  told.pause = in_milliseconds(plan_.on_not_started(number, time_->now()));
  tell(told);
}

// What happens to the processes.

void supervision::reap() {
  int status = 0;
  // The first process of a container inherits what all others leave behind.
  if (::getpid() == 1) {
    for (;;) {
      const auto process = ::waitpid(-1, &status, WNOHANG);
      if (process <= 0) return;
      on_reaped(process, status);
    }
  }
  for (std::size_t i = 0; i < plan_.size(); ++i) {
    const auto process = static_cast<::pid_t>(plan_.process(i));
    if (process != 0 && ::waitpid(process, &status, WNOHANG) == process) {
      on_ended(i, end_of(status));
    }
  }
}

void supervision::on_reaped(::pid_t process, int status) {
  for (std::size_t i = 0; i < plan_.size(); ++i) {
    if (plan_.process(i) == process) return on_ended(i, end_of(status));
  }
}

void supervision::on_ended(std::size_t number, const process_end& how) {
  auto told = event_of(number, process_event::kind::ended);
  const auto now = time_->now();
  told.end = how;
  told.lived = in_milliseconds(now - plan_.since(number));
  // One that had not got so far as to listen for SIGTERM ends of it.
  const bool in_order = how.in_order() || (plan_.ending(number) && how.signal() == SIGTERM);
  failed_ = failed_ || (plan_.stopping() && !in_order);
  told.pause = in_milliseconds(plan_.on_ended(number, now));
  tell(told);
}

// How they are.

void supervision::look_after_memory() {
  look_at_ = time_->now() + looks_after_memory_every;
  for (std::size_t i = 0; i < plan_.size(); ++i) {
    if (plan_.process(i) == 0) continue;
    if (const auto bytes = resident_memory_of(plan_.process(i))) plan_.on_memory(i, *bytes);
  }
}

void supervision::report() {
  const auto now = time_->now();
  report_at_ = now + bounded(how_.report_every_);
  std::vector<worker_figures> all(plan_.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto& each = all[i];
    each.number = i;
    each.restarts = plan_.restarts(i);
    each.now = kit_->board->read(i);
    each.now.process = plan_.process(i);
    if (each.now.process == 0) continue;
    each.now.age = in_milliseconds(now - plan_.since(i));
    each.now.memory = resident_memory_of(each.now.process).value_or(0);
  }
  how_.report_(all);
}

}  // namespace sluice
