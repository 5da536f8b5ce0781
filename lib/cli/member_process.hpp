// A member of the demo's group in a process of its own, so that killing it is real.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>

namespace sluice::cli {

/// How often the demo's members beat, and after which silence one counts as dead: a fraction of
/// what is sensible between machines, so that nobody has to wait.
inline constexpr std::chrono::milliseconds demo_heartbeat{25};
inline constexpr std::chrono::milliseconds demo_claim_timeout{500};

/// What the member is told.
struct member_orders {
  std::string url, stream, group, consumer;
  std::size_t prefetch = 1;
  /// It hangs after the work on so many entries, without acknowledging the last of them.
  std::size_t hang_after = 1;
};

/// Runs this very program as `sluice demo-member`, which writes a line for each entry it worked on.
/// The process ends with this object, or with this process.
class member_process {
 public:
  /// Throws `std::system_error` when it cannot be started.
  explicit member_process(const member_orders& orders);
  member_process(const member_process&) = delete;
  member_process& operator=(const member_process&) = delete;
  ~member_process();

  /// The reading end of what it writes; lives as long as this object.
  int output() const noexcept { return output_; }
  pid_t pid() const noexcept { return pid_; }
  bool killed() const noexcept { return killed_; }
  /// SIGKILL: no handler runs, nothing is handed back.
  void kill() noexcept;

 private:
  pid_t pid_ = -1;
  int output_ = -1;
  bool killed_ = false;
};

}  // namespace sluice::cli
