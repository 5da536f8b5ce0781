// A member of the demo's group in a process of its own, so that killing it is real.
#pragma once

#include <string>

#include <sys/types.h>

namespace sluice::cli {

/// What the member is told on its command line.
struct member_orders {
  std::string url, stream, group, name;
};

/// Runs this very program as a member; it writes a line with the id of each entry that it worked
/// on. Ends it, if it still runs, when destroyed.
class member_process {
 public:
  /// Throws `std::system_error` when it cannot be started.
  explicit member_process(const member_orders& orders);
  member_process(const member_process&) = delete;
  member_process& operator=(const member_process&) = delete;
  ~member_process();

  /// The reading end of what it writes; the caller takes it over.
  int take_output();
  pid_t pid() const noexcept { return pid_; }
  /// SIGKILL: no handler runs, nothing is handed back.
  void kill() noexcept;

 private:
  pid_t pid_ = -1;
  int output_ = -1;
};

}  // namespace sluice::cli
