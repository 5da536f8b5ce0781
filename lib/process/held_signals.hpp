// The signals of a supervisor: they wait until it asks for them.
#pragma once

#include "sluice/core/clock.hpp"

#include <csignal>

namespace sluice {

/// SIGTERM, SIGINT, SIGHUP and SIGCHLD are held back in this process while it lives; then they are
/// as they were before.
class held_signals final {
 public:
  held_signals();
  held_signals(const held_signals&) = delete;
  held_signals& operator=(const held_signals&) = delete;
  ~held_signals();

  /// The next signal; 0 where none came within `limit`.
  int wait(clock::duration limit) noexcept;
  /// In a child: signals are as they were before, but those that a terminal sends to all processes
  /// at once are left to the supervisor.
  void leave_to_supervisor() const noexcept;

 private:
  ::sigset_t held_{};
  ::sigset_t before_{};
  struct ::sigaction child_before_ {};
};

}  // namespace sluice
