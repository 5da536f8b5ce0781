#include "group/gate.hpp"

#include <utility>

namespace sluice {

// It has an alarm of its own: the connection's timers end with the connection.
class gate::visit final : public waiter {
 public:
  visit(gate& at, clock::time_point limit) : waiter(at.link_.waiters()), at_(at) {
    at_.visits_.push_back(this);
    if (limit == clock::time_point::max()) return;
    alarm_ = at_.link_.time().make_alarm(at_.link_.executor());
    alarm_->set(limit, [this] { make_ready(); });
  }
  ~visit() { std::erase(at_.visits_, this); }

 private:
  void on_ready() noexcept override { at_.link_.schedule_turn(); }

  gate& at_;
  std::unique_ptr<clock::alarm> alarm_;
};

boost::asio::awaitable<void> gate::wait(clock::time_point limit) {
  visit here(*this, limit);
  co_await here.wait();
}

void gate::open() {
  for (auto* each : std::exchange(visits_, {})) each->make_ready();
}

}  // namespace sluice
