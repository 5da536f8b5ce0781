// What a supervisor tells of its processes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// How a process ended.
///
/// Thread rule: a value.
class process_end {
 public:
  /// By itself, with that exit code.
  static process_end exited(int code) { return process_end(code, 0); }
  /// Of that signal.
  static process_end killed(int signal) { return process_end(0, signal); }

  /// What it returned; 0 if it ended of a signal.
  int exit_code() const noexcept { return code_; }
  /// The signal that it ended of; 0 if it ended by itself.
  int signal() const noexcept { return signal_; }
  /// Whether it ended by itself, with 0.
  bool in_order() const noexcept { return code_ == 0 && signal_ == 0; }

 private:
  process_end(int code, int signal) : code_(code), signal_(signal) {}

  int code_, signal_;
};

/// In words, such as "exit code 3" or "signal 9 (Killed)".
std::string to_string(const process_end& how);

/// Something that happened to one of the processes. Its text is valid during the call only.
///
/// Thread rule: a value.
struct process_event {
  /// What.
  enum class kind : std::uint8_t {
    started,       ///< It runs.
    not_started,   ///< The system refused another process; it is tried again.
    asked_to_end,  ///< It was sent SIGTERM.
    killed,        ///< It had not ended in time, and was sent SIGKILL.
    ended,         ///< It is gone.
    lost,          ///< It did not even end when it was killed; nobody waits for it any more.
  };

  kind what = kind::started;
  std::size_t number = 0;                    ///< Which of the processes, from 0.
  std::int64_t process = 0;                  ///< Its id.
  process_end end = process_end::exited(0);  ///< Of one that ended: how.
  std::chrono::milliseconds lived{0};        ///< Of one that ended: how long it had run.
  std::chrono::milliseconds pause{0};        ///< How long it will be until another takes its place.
  std::string_view why;                      ///< Why it was asked to end, or could not be started.
};

/// One line for a log.
std::string to_string(const process_event& what);

}  // namespace sluice
