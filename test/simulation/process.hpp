// What a simulated program runs in: it can stand still for a while, and it can die.
#pragma once

#include "timeline.hpp"

#include "sluice/core/clock.hpp"

#include <boost/asio/awaitable.hpp>

#include <deque>
#include <functional>
#include <memory>

namespace sluice::simulation {

/// While it stands still nothing reaches the program, and it does nothing; time goes on. When it
/// wakes up, what came over the network is there first, then every timer that ran out.
class process final : public std::enable_shared_from_this<process> {
 public:
  using act = timeline::act;

  static std::shared_ptr<process> make(timeline& time);

  /// The program's clock: its alarms ring when the process can hear them.
  std::shared_ptr<clock> time_source();
  /// Suspends a coroutine of the program.
  boost::asio::awaitable<void> sleep(clock::duration how_long);
  /// Something comes over the network: does it now, when the process wakes up, or never.
  void receive(act what);
  /// A timer has run out.
  void ring(act what);

  void freeze() { frozen_ = !dead_; }
  void thaw();
  /// Nothing is sent or received any more; what sleeps comes to its end.
  void kill();
  bool frozen() const noexcept { return frozen_; }
  bool dead() const noexcept { return dead_; }

 private:
  explicit process(timeline& time) : time_(time) {}

  timeline& time_;
  bool frozen_ = false;
  bool dead_ = false;
  std::deque<act> received_;
  std::deque<act> rung_;
};

}  // namespace sluice::simulation
