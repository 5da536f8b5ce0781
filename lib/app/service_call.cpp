#include "app/service_call.hpp"

#include "redis/server_time.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace sluice {
namespace asio = boost::asio;

service_call::service_call(std::shared_ptr<connection> link, std::string topic, arrival what)
    : link_(std::move(link)),
      topic_(std::move(topic)),
      what_(what.take()),
      canceller_(what.cancel()) {}

service_call::~service_call() { link_->cancel_timer(*this); }

std::shared_ptr<service_call> service_call::make(std::shared_ptr<connection> link,
                                                 std::string topic, arrival what,
                                                 std::shared_ptr<answer_line> answers) {
  const std::shared_ptr<service_call> made(
      new service_call(std::move(link), std::move(topic), std::move(what)));
  made->begin(std::move(answers));
  return made;
}

void service_call::begin(std::shared_ptr<answer_line> answers) {
  answers_ = std::move(answers);
  answers_->when_abandoned([which = weak_from_this()] {
    const auto self = which.lock();
    if (self) self->revoke_soon(error(errc::cancelled, "whoever sent the message is gone"));
  });
  if (const auto left = time_left()) link_->set_timer(*this, link_->now() + *left);
}

std::optional<std::chrono::milliseconds> service_call::time_left() const {
  if (!what_.deadline) return std::nullopt;
  return std::max(*what_.deadline - server_time::of(*link_).now(), std::chrono::milliseconds(0));
}

void service_call::on_time() {
  revoke_soon(error(errc::timeout, "whoever sent the message waits no longer"));
}

// A cancellation runs foreign code, which may not happen in the midst of a turn.
void service_call::revoke_soon(const error& why) {
  asio::post(link_->executor(), [self = shared_from_this(), why] { self->revoke(why); });
}

void service_call::revoke(const error& why) {
  if (revoked_) return;
  revoked_ = why;
  if (!running_) {
    if (on_revoked_) on_revoked_();
    return;
  }
  if (canceller_) return canceller_();
  cancel_.emit(asio::cancellation_type::terminal);
}

void service_call::on_signal(const call_signal& what) {
  switch (what.what) {
    case call_signal::kind::cancel:
      return revoke(error(errc::cancelled, "whoever sent the message has cancelled it"));
    case call_signal::kind::unheard:
      return answers_->on_unheard();
    case call_signal::kind::taken:
      if (what.group == answers_->group()) answers_->on_taken(what.number);
  }
}

// As a coroutine of its own it has a slot of its own, which costs a trip through the scheduler.
asio::awaitable<void> service_call::run_apart(std::shared_ptr<service_call> self,
                                              const request_handler& listener) {
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
    co_await asio::co_spawn(
        here, listener(handed),
        asio::bind_cancellation_slot(self->cancel_.slot(), asio::use_awaitable));
  } catch (...) {
    failure = std::current_exception();
  }
  if (outer.is_connected()) outer.clear();
  if (failure) std::rethrow_exception(failure);
}

asio::awaitable<void> service_call::attempt(std::shared_ptr<service_call> self,
                                            const request_handler& listener, std::int64_t number) {
  self->attempt_ = number;
  self->running_ = true;
  request handed(self);
  std::exception_ptr failure;
  try {
    if (self->canceller_) {
      co_await listener(handed);
    } else {
      co_await run_apart(self, listener);
    }
  } catch (...) {
    failure = std::current_exception();
  }
  self->running_ = false;
  if (self->revoked_) {
    // The cancellation was ours, and has been heard.
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    throw *self->revoked_;
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace sluice
