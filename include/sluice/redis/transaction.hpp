// Commands that are executed together or not at all.
#pragma once

#include "sluice/redis/command.hpp"

#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// Commands to be executed as one unit by `client::exec`. Other clients see all of their effects or
/// none; a command that fails at execution does not undo the others (redis.io, "Transactions").
///
/// Thread rule: a value.
class transaction {
 public:
  transaction() = default;

  /// Adds a command at the end. Deadlines and repeatability of single commands do not count here.
  ///
  /// Throws `error` with `errc::command_refused` for a command that the shared connection refuses.
  transaction& add(command what);
  /// The deadline of the whole unit; the connection's default if not set.
  transaction& timeout(std::chrono::milliseconds limit) { return timeout_ = limit, *this; }

  /// How many commands there are.
  std::size_t size() const noexcept { return commands_.size(); }
  /// The commands in order.
  const std::vector<command>& commands() const noexcept { return commands_; }
  std::chrono::milliseconds timeout() const noexcept { return timeout_; }

 private:
  std::vector<command> commands_;
  std::chrono::milliseconds timeout_{-1};
};

}  // namespace sluice
