#include "app/flushable.hpp"

#include <boost/asio/this_coro.hpp>

namespace sluice {
namespace asio = boost::asio;

/// One flush, from the wait for its turn on, whatever ends it.
class flushable::turn {
 public:
  turn(flushable& whose, connection& link) : whose_(whose), change_(link) {
    whose_.waiting_.push_back(&change_);
  }
  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;
  ~turn() {
    std::erase(whose_.waiting_, &change_);
    if (!mine_) return;
    whose_.busy_ = false;
    const auto others = whose_.waiting_;
    for (auto* const each : others) each->open();
  }

  bool take() noexcept { return !whose_.busy_ && (mine_ = whose_.busy_ = true); }
  asio::awaitable<void> wait() { return change_.wait(); }

 private:
  flushable& whose_;
  gate change_;
  bool mine_ = false;
};

asio::awaitable<void> flushable::flush(std::shared_ptr<flushable> self,
                                       std::shared_ptr<connection> link) {
  turn mine(*self, *link);
  while (!mine.take()) {
    co_await mine.wait();
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) throw error(errc::cancelled);
  }
  co_await self->flush_();
}

}  // namespace sluice
