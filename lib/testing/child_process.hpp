#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace sluice::testing {

/// A program that cannot outlive its owner.
///
/// It inherits no descriptor but its output, so that a connection the test closes is really closed,
/// and the kernel kills it when the thread that started it ends.
class child_process {
 public:
  /// Starts `arguments[0]` (searched on PATH), its output appended to the file `output`.
  /// @throws std::runtime_error when the program cannot be executed.
  child_process(const std::vector<std::string>& arguments, const std::filesystem::path& output);

  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  /// Kills it and waits for its end.
  ~child_process();

  int pid() const noexcept { return pid_; }

  /// Whether it has not ended yet.
  bool running() noexcept;

  /// Asks it to end (SIGTERM), and after `patience` makes it end (SIGKILL).
  void terminate(std::chrono::milliseconds patience) noexcept;

  /// Makes it end (SIGKILL) and waits until it has.
  void kill() noexcept;

  /// Sends a signal to it while it runs.
  void signal(int number) noexcept;

 private:
  int pid_ = 0;
  bool reaped_ = false;
};

}  // namespace sluice::testing
