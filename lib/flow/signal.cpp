#include "sluice/flow/signal.hpp"

#include "flow/run_state.hpp"

#include <utility>

namespace sluice::flow {

class signal::visit final : public waiter {
 public:
  visit(signal& at, run_state& in) : waiter(in.waiters()), at_(at), in_(in) {
    at_.visits_.push_back(this);
  }
  ~visit() { std::erase(at_.visits_, this); }

 private:
  void on_ready() noexcept override { in_.schedule(); }

  signal& at_;
  run_state& in_;
};

boost::asio::awaitable<void> signal::wait() {
  visit here(*this, *where_.state_);
  co_await here.wait();
}

void signal::notify_all() {
  while (!visits_.empty()) notify_one();
}

void signal::notify_one() {
  if (visits_.empty()) return;
  auto* const longest = visits_.front();
  visits_.erase(visits_.begin());
  longest->make_ready();
}

}  // namespace sluice::flow
