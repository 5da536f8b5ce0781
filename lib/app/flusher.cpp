#include "app/flusher.hpp"

#include "sluice/core/event.hpp"
#include "sluice/core/thrown.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// One that was cancelled should end at once; one that does not is left to itself.
constexpr auto grace_of_the_cancelled = 1s;

}  // namespace

flusher::flusher(std::shared_ptr<connection> link, std::shared_ptr<flushable> what,
                 std::string topic, std::string group)
    : link_(std::move(link)),
      what_(std::move(what)),
      topic_(std::move(topic)),
      group_(std::move(group)),
      change_(*link_) {}

void flusher::add(const listener_options& how) {
  drain_ = std::max(drain_, how.drain_within());
  if (how.flush_every() == 0ms) return;
  every_ = every_ == 0ms ? how.flush_every() : std::min(every_, how.flush_every());
}

void flusher::start() {
  if (every_ == 0ms) return;
  asio::co_spawn(link_->executor(), flush_by_interval(shared_from_this()),
                 [](const std::exception_ptr&) {});
}

asio::awaitable<void> flusher::flush_by_interval(std::shared_ptr<flusher> self) {
  while (!self->finishing_ && !self->link_->closed()) {
    const auto next = self->link_->time().now() + self->every_;
    while (!self->finishing_ && !self->link_->closed() && self->link_->time().now() < next) {
      co_await self->change_.wait(next);
    }
    if (self->finishing_ || self->link_->closed()) co_return;
    self->begin_flush();
    while (self->busy_) co_await self->change_.wait();
  }
}

void flusher::begin_flush() {
  busy_ = true;
  asio::co_spawn(
      link_->executor(), flushable::flush(what_, link_),
      asio::bind_cancellation_slot(cancel_.slot(),
                                   [self = shared_from_this()](const std::exception_ptr& failure) {
                                     self->on_flushed(failure);
                                   }));
}

void flusher::on_flushed(const std::exception_ptr& failure) {
  busy_ = false;
  failure_ = failure;
  change_.open();
  if (!failure) return;
  const auto text = thrown_text(failure);
  link_->emit(events::flush_failed{.group = group_, .topic = topic_, .text = text});
}

asio::awaitable<void> flusher::wait_until_done(clock::time_point limit) {
  while (busy_ && link_->time().now() < limit) co_await change_.wait(limit);
}

asio::awaitable<bool> flusher::end_flush() {
  co_await wait_until_done(link_->time().now() + drain_);
  if (busy_) {
    cancel_.emit(asio::cancellation_type::terminal);
    co_await wait_until_done(link_->time().now() + grace_of_the_cancelled);
  }
  co_return !busy_;
}

asio::awaitable<void> flusher::finish(std::shared_ptr<flusher> self) {
  self->finishing_ = true;
  self->change_.open();
  auto ended = co_await self->end_flush();
  if (ended) {
    self->begin_flush();
    ended = co_await self->end_flush();
  }
  if (!ended) throw error(errc::timeout, "a flush did not end when it was cancelled");
  if (self->failure_) std::rethrow_exception(self->failure_);
}

}  // namespace sluice
