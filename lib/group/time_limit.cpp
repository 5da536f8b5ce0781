#include "core/bounded.hpp"
#include "group/group_access.hpp"
#include "group/group_lane.hpp"

#include "sluice/group/middleware.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

// Cancels a handler: when its time is over, and whenever its worker would have.
class time_watch final : public std::enable_shared_from_this<time_watch> {
 public:
  time_watch(clock& time, asio::any_io_executor where, clock::duration longest)
      : alarm_(time.make_alarm(std::move(where))) {
    alarm_->set(time.now() + longest, [this] {
      over_ = true;
      cancel_.emit(asio::cancellation_type::terminal);
    });
  }

  asio::cancellation_slot slot() noexcept { return cancel_.slot(); }
  bool over() const noexcept { return over_; }
  // The signal behind `outer` may outlive the coroutine that waits.
  void pass_on(asio::cancellation_slot outer) {
    if (!outer.is_connected()) return;
    outer.assign(
        [kept = shared_from_this()](asio::cancellation_type how) { kept->cancel_.emit(how); });
  }
  void end(asio::cancellation_slot outer) {
    alarm_->cancel();
    if (outer.is_connected()) outer.clear();
  }

 private:
  asio::cancellation_signal cancel_;
  std::unique_ptr<clock::alarm> alarm_;
  bool over_ = false;
};

asio::awaitable<void> run_limited(std::chrono::milliseconds longest, delivery& which,
                                  const entry_handler& next) {
  auto& time = group_access::lane_of(which).connection_of().time();
  const auto here = co_await asio::this_coro::executor;
  const auto state = co_await asio::this_coro::cancellation_state;
  const auto watch = std::make_shared<time_watch>(time, here, bounded(longest));
  const bool was_pending = which.pending();
  watch->pass_on(state.slot());
  std::exception_ptr failure;
  try {
    // As a coroutine of its own it has a slot of its own.
    co_await asio::co_spawn(here, next(which),
                            asio::bind_cancellation_slot(watch->slot(), asio::use_awaitable));
  } catch (...) {
    failure = std::current_exception();
  }
  watch->end(state.slot());
  if (watch->over() && which.pending() == was_pending) {
    throw error(errc::timeout,
                "the handler took longer than " + std::to_string(longest.count()) + " ms");
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

middleware time_limit(std::chrono::milliseconds longest) {
  if (longest <= std::chrono::milliseconds(0)) {
    throw error(errc::invalid_argument, "a time limit must be positive");
  }
  return [longest](delivery& which, const entry_handler& next) {
    return run_limited(longest, which, next);
  };
}

}  // namespace sluice
