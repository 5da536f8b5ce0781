// A coroutine that lets time pass, on the connection's clock, and can be woken.
#pragma once

#include "redis/connection.hpp"

namespace sluice {

/// Lives in the coroutine's frame, like `call`:
///
///     nap rest(link, time, &sleeper);
///     co_await rest.wait();
///
/// `sleeper` points to it meanwhile, so that somebody can call `wake()`. The end of the connection
/// wakes it as well.
class nap final : public waiter, private timed, private link_observer {
 public:
  nap(connection& link, clock::duration how_long, nap** sleeper)
      : waiter(link.waiters()), link_(link), sleeper_(sleeper) {
    *sleeper_ = this;
    link_.observe(*this);
    link_.set_timer(*this, link_.time().now() + how_long);
  }
  ~nap() {
    *sleeper_ = nullptr;
    link_.forget(*this);
    link_.cancel_timer(*this);
  }

  void wake() noexcept { make_ready(); }

 private:
  void on_time() override { make_ready(); }
  void on_ready() noexcept override { link_.schedule_turn(); }
  void on_link_closed() override { make_ready(); }

  connection& link_;
  nap** sleeper_;
};

}  // namespace sluice
