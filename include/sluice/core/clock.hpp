// Time as an input. The library reads no clock of its own: it is handed one.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace sluice {

/// Where the SDK gets the time and its alarms from. The default is the system's steady clock;
/// tests give a `testing::manual_clock`, on which hours pass in milliseconds.
///
/// Thread rule: `now()` and `wall_now()` may be called from any thread; an alarm is used from the
/// executor it was made for.
class clock {
 public:
  using duration = std::chrono::steady_clock::duration;
  using time_point = std::chrono::steady_clock::time_point;

  /// One appointment at a time. Destroying it cancels it.
  class alarm {
   public:
    alarm() = default;
    alarm(const alarm&) = delete;
    alarm& operator=(const alarm&) = delete;
    virtual ~alarm() = default;
    /// Calls `ring` on the executor once `at` has come. Replaces the earlier appointment: that one
    /// never rings afterwards, also if it was due already.
    virtual void set(time_point at, std::function<void()> ring) = 0;
    /// Forgets the appointment: it never rings afterwards.
    virtual void cancel() noexcept = 0;
  };

  virtual ~clock() = default;
  /// Monotonic time, for deadlines and intervals.
  virtual time_point now() const noexcept = 0;
  /// Wall-clock time, for what people read and for entry ids. It may jump.
  virtual std::chrono::system_clock::time_point wall_now() const noexcept = 0;
  /// Makes an alarm that rings on `executor`.
  virtual std::unique_ptr<alarm> make_alarm(boost::asio::any_io_executor executor) = 0;
};

/// The system's clock. Thread-safe; shared by everyone.
std::shared_ptr<clock> system_clock();

}  // namespace sluice
