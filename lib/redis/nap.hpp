// A coroutine that lets time pass, on the connection's clock, and can be woken.
#pragma once

#include "redis/connection.hpp"

namespace sluice {

/// Lives in the coroutine's frame, like `call`:
///
///     nap rest(link, pause, &sleeper);
///     co_await rest.wait();
///
/// `sleeper` points to it meanwhile, so that somebody can call `wake()`.
class nap final : public waiter, private timed {
 public:
  nap(connection& link, clock::duration how_long, nap** sleeper = nullptr)
      : waiter(link.waiters()), link_(link), sleeper_(sleeper) {
    if (sleeper_ != nullptr) *sleeper_ = this;
    link_.set_timer(*this, link_.now() + how_long);
  }
  ~nap() {
    if (sleeper_ != nullptr) *sleeper_ = nullptr;
    link_.cancel_timer(*this);
  }

  void wake() { make_ready(); }

 private:
  void on_time() override { make_ready(); }
  void on_ready() noexcept override { link_.schedule_turn(); }

  connection& link_;
  nap** sleeper_;
};

}  // namespace sluice
