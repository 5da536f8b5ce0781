#include "app/service_call.hpp"

#include "app/server_time.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace sluice {
namespace asio = boost::asio;

service_call::service_call(std::shared_ptr<connection> link, std::string topic, envelope what,
                           std::shared_ptr<answer_line> answers)
    : link_(std::move(link)),
      topic_(std::move(topic)),
      what_(std::move(what)),
      answers_(std::move(answers)) {}

std::shared_ptr<service_call> service_call::make(std::shared_ptr<connection> link,
                                                 std::string topic, envelope what,
                                                 std::shared_ptr<answer_line> answers) {
  const std::shared_ptr<service_call> made(
      new service_call(std::move(link), std::move(topic), std::move(what), std::move(answers)));
  made->answers_->when_abandoned([which = made->weak_from_this()] {
    const auto self = which.lock();
    if (self) self->revoke(error(errc::cancelled, "whoever sent the message is gone"));
  });
  return made;
}

std::optional<std::chrono::milliseconds> service_call::time_left() const {
  if (!what_.deadline) return std::nullopt;
  return std::max(*what_.deadline - server_time::of(*link_).now(), std::chrono::milliseconds(0));
}

void service_call::revoke(const error& why) {
  if (revoked_) return;
  revoked_ = why;
  cancel_.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> service_call::attempt(std::shared_ptr<service_call> self,
                                            const request_handler& listener, std::int64_t number) {
  self->attempt_ = number;
  request handed(self);
  const auto here = co_await asio::this_coro::executor;
  const auto state = co_await asio::this_coro::cancellation_state;
  auto outer = state.slot();
  // The signal behind the slot may outlive this coroutine.
  if (outer.is_connected()) {
    outer.assign([self](asio::cancellation_type how) { self->cancel_.emit(how); });
  }
  std::exception_ptr failure;
  try {
    // As a coroutine of its own it has a slot of its own.
    co_await asio::co_spawn(
        here, listener(handed),
        asio::bind_cancellation_slot(self->cancel_.slot(), asio::use_awaitable));
  } catch (...) {
    failure = std::current_exception();
  }
  if (outer.is_connected()) outer.clear();
  if (self->revoked_) throw *self->revoked_;
  if (failure) std::rethrow_exception(failure);
}

}  // namespace sluice
