#include "group/gate.hpp"

#include <utility>

namespace sluice {

class gate::visit final : public waiter, private timed {
 public:
  visit(gate& at, clock::time_point limit) : waiter(at.link_.waiters()), at_(at) {
    at_.visits_.push_back(this);
    if (limit != clock::time_point::max()) at_.link_.set_timer(*this, limit);
  }
  ~visit() {
    std::erase(at_.visits_, this);
    at_.link_.cancel_timer(*this);
  }

 private:
  void on_time() override { make_ready(); }
  void on_ready() noexcept override { at_.link_.schedule_turn(); }

  gate& at_;
};

boost::asio::awaitable<void> gate::wait(clock::time_point limit) {
  visit here(*this, limit);
  co_await here.wait();
}

void gate::open() {
  for (auto* each : std::exchange(visits_, {})) each->make_ready();
}

}  // namespace sluice
