#include "topic/pause.hpp"

#include <utility>

namespace sluice {

class nap final : public waiter, private timed, private link_observer {
 public:
  nap(connection& link, clock::duration time, nap*& place)
      : waiter(link.waiters()), link_(link), place_(place) {
    place_ = this;
    link_.observe(*this);
    link_.set_timer(*this, link_.time().now() + time);
  }
  ~nap() {
    place_ = nullptr;
    link_.forget(*this);
    link_.cancel_timer(*this);
  }

  void end() noexcept { make_ready(); }

 private:
  void on_time() override { make_ready(); }
  void on_ready() noexcept override { link_.schedule_turn(); }
  void on_link_closed() override { make_ready(); }

  connection& link_;
  nap*& place_;
};

boost::asio::awaitable<void> pause::wait(client redis, clock::duration time) {
  auto& link = client_access::link(redis);
  if (ended_ || link.closed()) co_return;
  nap here(link, time, under_way_);
  co_await here.wait();
  if (here.was_cancelled()) throw error(errc::cancelled, "cancelled during a pause");
}

void pause::end() noexcept {
  ended_ = true;
  if (under_way_ != nullptr) under_way_->end();
}

}  // namespace sluice
