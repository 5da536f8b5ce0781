// One line of time for everybody in a simulated run: clients, wires, the server and the weather.
#pragma once

#include "sluice/core/clock.hpp"
#include "sluice/testing/manual_clock.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string_view>
#include <vector>

namespace sluice::simulation {

/// Runs an `io_context` without waiting: when nothing is ready, time leaps to the next event. Equal
/// decisions give equal runs, which `fingerprint()` proves.
class timeline {
 public:
  using time_point = clock::time_point;
  using duration = clock::duration;
  using act = std::function<void()>;

  timeline();

  boost::asio::io_context& io() noexcept { return *io_; }
  const std::shared_ptr<testing::manual_clock>& time() const noexcept { return time_; }
  time_point now() const noexcept { return time_->now(); }

  /// Calls `what` on the `io_context` at a time, or as soon as possible. Acts of one moment keep
  /// their order.
  void at(time_point when, act what);
  void after(duration delay, act what) { at(now() + delay, std::move(what)); }
  /// Suspends a coroutine for a time.
  boost::asio::awaitable<void> sleep(duration how_long);

  /// Lives on until `done()` or until a time; returns whether it is done.
  bool run_until(const std::function<bool()>& done, time_point end);
  /// Runs what is ready at this very moment.
  void run_ready();
  /// Drops all acts to come; what they hold unwinds on the `io_context`.
  void forget_acts();
  /// Ends the `io_context`, as a program does that returns from main.
  void end_context();

  /// Mixes a fact into the fingerprint, and prints it when the trace is on.
  void note(std::string_view who, std::string_view what);
  /// Whether somebody reads what is noted.
  bool traced() const noexcept { return traced_; }
  std::uint64_t fingerprint() const noexcept { return fingerprint_; }

 private:
  struct appointment {
    time_point when;
    std::uint64_t order;
    std::shared_ptr<act> what;
    bool operator<(const appointment& other) const noexcept {
      return when == other.when ? order > other.order : when > other.when;
    }
  };

  std::unique_ptr<boost::asio::io_context> io_;
  std::shared_ptr<testing::manual_clock> time_;
  time_point start_;
  std::priority_queue<appointment> acts_;
  std::uint64_t next_order_ = 0;
  std::uint64_t fingerprint_ = 0xcbf29ce484222325U;
  bool traced_;
};

}  // namespace sluice::simulation
