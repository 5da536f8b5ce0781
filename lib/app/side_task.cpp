#include "app/side_task.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <chrono>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// One that was cancelled should end at once; one that does not is left to itself.
constexpr auto grace_of_the_cancelled = 1s;

}  // namespace

side_task::side_task(std::shared_ptr<connection> link) : link_(std::move(link)), change_(*link_) {}

void side_task::begin(asio::awaitable<void> what, end_handler done) {
  busy_ = true;
  auto on_end = [self = shared_from_this(),
                 done = std::move(done)](const std::exception_ptr& failure) {
    self->busy_ = false;
    done(failure);
    self->change_.open();
  };
  asio::co_spawn(link_->executor(), std::move(what),
                 asio::bind_cancellation_slot(cancel_.slot(), std::move(on_end)));
}

asio::awaitable<void> side_task::wait() {
  while (busy_) co_await change_.wait();
}

asio::awaitable<void> side_task::wait_until(clock::time_point limit) {
  while (busy_ && !hurried_ && link_->time().now() < limit) co_await change_.wait(limit);
}

asio::awaitable<bool> side_task::end_within(std::shared_ptr<side_task> self,
                                            clock::duration limit) {
  co_await self->wait_until(self->link_->time().now() + limit);
  if (self->busy_) {
    self->cancel_.emit(asio::cancellation_type::terminal);
    const auto over = self->link_->time().now() + grace_of_the_cancelled;
    while (self->busy_ && self->link_->time().now() < over) co_await self->change_.wait(over);
  }
  co_return !self->busy_;
}

void side_task::hurry() {
  hurried_ = true;
  change_.open();
}

}  // namespace sluice
