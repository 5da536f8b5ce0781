// A place where a stage's coroutines wait for a change.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace sluice::flow {

class runtime;

/// Everybody who waits goes on when it is notified, and then looks again at what it waits for.
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: it must outlive the waits; a member of a stage does.
class signal {
 public:
  /// Of a pipeline that runs.
  explicit signal(runtime& where) noexcept : where_(where) {}
  signal(const signal&) = delete;
  signal& operator=(const signal&) = delete;

  /// Until it is notified, or the pipeline gives up what it has under way.
  ///
  /// Errors: none. Cancellation: ends the wait. Cost: none.
  boost::asio::awaitable<void> wait();
  /// Lets everybody go on who waits now.
  void notify_all();
  /// Lets the one go on who has waited longest.
  void notify_one();

 private:
  class visit;

  runtime& where_;
  std::vector<visit*> visits_;  // who has waited longest first
};

}  // namespace sluice::flow
