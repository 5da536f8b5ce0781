#pragma once

#include "sluice/core/clock.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

namespace boost::asio {
class io_context;
}

namespace sluice::testing {

/// A clock that stands still until a test moves it, so that hours pass in milliseconds and a
/// failure comes back with every run.
///
///     asio::io_context io;
///     auto time = std::make_shared<testing::manual_clock>();
///     // … hand `time` to the client's options, start coroutines on `io` …
///     time->pass(io, 10min);   // every alarm in between has rung, each at its own moment
///
/// An alarm that comes due is posted to its executor and runs there, never inside the call that
/// moved the time. Alarms ring in the order of their times, those of the same time in the order in
/// which they were set. As with a real timer, a pending alarm keeps its `io_context` from running
/// out of work, and must not outlive it.
///
/// Monotonic and wall-clock time move together; step_wall() moves the wall clock alone, as an
/// operator or a time server would.
///
/// Thread rule: all members may be called from any thread; alarms as sluice::clock says.
class manual_clock final : public clock {
 public:
  using wall_time_point = std::chrono::system_clock::time_point;

  /// The wall clock of a manual_clock that is told nothing else: 2030-01-01, midnight UTC.
  static constexpr wall_time_point default_start =
      std::chrono::sys_days(std::chrono::year(2030) / std::chrono::January / 1);

  /// @param wall_start what the wall clock shows at first. The monotonic clock starts at one day,
  ///   so that a test may also subtract from it.
  explicit manual_clock(wall_time_point wall_start = default_start);
  ~manual_clock() override;

  /// The monotonic time that the last move left.
  time_point now() const noexcept override;

  /// The wall clock's time.
  wall_time_point wall_now() const noexcept override;

  /// Makes an alarm that rings when this clock has been moved to its time. It may outlive the
  /// clock, and then never rings.
  std::unique_ptr<alarm> make_alarm(boost::asio::any_io_executor executor) override;

  /// Moves both clocks forward in one leap and rings the alarms that came due. What they set in
  /// turn counts from the new time; use pass() to live through the time in between.
  /// @throws std::invalid_argument when `by` is negative.
  void advance(duration by);

  /// advance() to a point in time.
  /// @throws std::invalid_argument when `to` has passed.
  void advance_to(time_point to);

  /// Moves to the time of the next alarm and rings all alarms of that time.
  /// @return false, without moving, when no alarm is set.
  bool advance_to_next_alarm();

  /// Lets time pass for a program on `io`: runs what is ready, moves to the next alarm, and so on
  /// until `by` is over. Must not be called from within `io`.
  /// @throws std::invalid_argument when `by` is negative; whatever a handler throws.
  void pass(boost::asio::io_context& io, duration by);

  /// Moves the wall clock alone, forward or back. Alarms do not notice.
  void step_wall(std::chrono::system_clock::duration by);

  /// The time of the next alarm; empty when none is set.
  std::optional<time_point> next_alarm() const;

  /// How many alarms are set.
  std::size_t alarms() const;

 private:
  class schedule;
  class manual_alarm;

  std::shared_ptr<schedule> schedule_;
};

}  // namespace sluice::testing
