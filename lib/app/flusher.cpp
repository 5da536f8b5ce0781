#include "app/flusher.hpp"

#include "sluice/core/event.hpp"
#include "sluice/core/thrown.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

}  // namespace

flusher::flusher(std::shared_ptr<connection> link, std::shared_ptr<flushable> what,
                 std::string topic, std::string group)
    : link_(std::move(link)),
      what_(std::move(what)),
      topic_(std::move(topic)),
      group_(std::move(group)),
      task_(std::make_shared<side_task>(link_)),
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
    co_await self->task_->wait();
  }
}

void flusher::begin_flush() {
  task_->begin(flushable::flush(what_, link_),
               [self = shared_from_this()](const std::exception_ptr& failure) {
                 self->on_flushed(failure);
               });
}

void flusher::on_flushed(const std::exception_ptr& failure) {
  failure_ = failure;
  if (!failure) return;
  const auto text = thrown_text(failure);
  link_->emit(events::flush_failed{.group = group_, .topic = topic_, .text = text});
}

asio::awaitable<void> flusher::finish(std::shared_ptr<flusher> self) {
  self->finishing_ = true;
  self->change_.open();
  auto ended = co_await side_task::end_within(self->task_, self->drain_);
  if (ended) {
    self->begin_flush();
    ended = co_await side_task::end_within(self->task_, self->drain_);
  }
  if (!ended) throw error(errc::timeout, "a flush did not end when it was cancelled");
  if (self->failure_) std::rethrow_exception(self->failure_);
}

}  // namespace sluice
