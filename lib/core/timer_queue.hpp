// Many appointments, one alarm.
#pragma once

#include "sluice/core/clock.hpp"

#include <cstddef>
#include <limits>
#include <vector>

namespace sluice {

/// Somebody with at most one appointment. Destroying it while it waits would leave the queue with
/// a dangling pointer: cancel first.
class timed {
 public:
  timed() = default;
  timed(const timed&) = delete;
  timed& operator=(const timed&) = delete;

  virtual void on_time() = 0;
  bool waits_for_time() const noexcept { return position_ != nowhere; }

 protected:
  ~timed() = default;

 private:
  friend class timer_queue;
  static constexpr auto nowhere = std::numeric_limits<std::size_t>::max();

  clock::time_point at_{};
  std::size_t position_ = nowhere;
};

/// A binary heap that knows where each member stands, so that changing or cancelling an appointment
/// costs O(log n) and no allocation. Pure.
class timer_queue {
 public:
  /// Makes or moves the appointment.
  void set(timed& who, clock::time_point at);
  void cancel(timed& who) noexcept;
  /// When the next one is due; `max()` when nobody waits.
  clock::time_point next() const noexcept;
  /// Calls everyone who is due. They may set and cancel appointments meanwhile.
  void ring(clock::time_point now);

 private:
  void place(std::size_t position, timed* who) noexcept;
  void rise(std::size_t position) noexcept;
  void sink(std::size_t position) noexcept;

  std::vector<timed*> heap_;
};

}  // namespace sluice
