#include "process/held_signals.hpp"

#include "process/ignored_signal.hpp"

#include <algorithm>
#include <ctime>

namespace sluice {
namespace {

using namespace std::chrono_literals;

struct ::sigaction plain(void (*handler)(int)) {
  struct ::sigaction made {};
  made.sa_handler = handler;
  ::sigemptyset(&made.sa_mask);
  return made;
}

}  // namespace

held_signals::held_signals() {
  ::sigemptyset(&held_);
  for (const int each : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) {
    // What whoever started the program has ignored, as nohup does, stays so.
    if (each == SIGCHLD || !is_ignored(each)) ::sigaddset(&held_, each);
  }
  ::sigprocmask(SIG_BLOCK, &held_, &before_);
  // Where it is ignored the system throws away how children end.
  const auto usual = plain(SIG_DFL);
  ::sigaction(SIGCHLD, &usual, &child_before_);
}

held_signals::~held_signals() {
  // A second or third wish to end has been fulfilled by now.
  while (wait(0s) != 0) continue;
  ::sigaction(SIGCHLD, &child_before_, nullptr);
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

int held_signals::wait(clock::duration limit) noexcept {
  const auto time = std::clamp<clock::duration>(limit, 0s, 1h);
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time);
  ::timespec most{};
  most.tv_sec = whole.count();
  most.tv_nsec = std::chrono::nanoseconds(time - whole).count();
  const int came = ::sigtimedwait(&held_, nullptr, &most);
  return std::max(came, 0);
}

void held_signals::leave_to_supervisor() const noexcept {
  const auto ignoring = plain(SIG_IGN);
  ::sigaction(SIGINT, &ignoring, nullptr);
  ::sigaction(SIGHUP, &ignoring, nullptr);
  ::sigaction(SIGCHLD, &child_before_, nullptr);
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace sluice
