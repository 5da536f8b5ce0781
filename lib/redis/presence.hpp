// Waiting for the link itself: for an attempt to connect to end, or for the end of everything.
#pragma once

#include "redis/connection.hpp"

namespace sluice {

/// Lives in the coroutine's frame, like `call`.
class presence final : public waiter {
 public:
  enum class of : unsigned char { attempt, end };

  presence(connection& link, of what) : waiter(link.waiters()), link_(link), what_(what) {}
  ~presence() { leave(); }

  /// Joins those who wait, unless it has happened already.
  bool must_wait();
  /// Throws why there is no link.
  void check() const;

 private:
  void on_cancel() noexcept override { leave(); }
  void on_ready() noexcept override { link_.schedule_turn(); }
  void leave() noexcept;

  connection& link_;
  of what_;
};

}  // namespace sluice
