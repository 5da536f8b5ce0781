#include "group/workshop.hpp"

#include "core/cancellation.hpp"
#include "group/group_access.hpp"
#include "group/hand_over.hpp"
#include "group/retry_verdict.hpp"
#include "redis/client_access.hpp"

#include "sluice/core/result.hpp"
#include "sluice/core/thrown.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// A handler that was cancelled should end at once; one that does not is left to itself.
constexpr auto grace_of_the_cancelled = 1s;
// A server that does not confirm what was settled must not keep a program from ending: it comes
// again.
constexpr auto patience_with_servers = 5s;

// A cancellation stays with a coroutine until it is cleared, and would end the next wait as well.
auto clear_cancellation() {
  return asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
}

entry_handler wrapped(entry_handler inner, const std::vector<middleware>& around) {
  for (auto each = around.rbegin(); each != around.rend(); ++each) {
    inner = [outer = *each, next = std::move(inner)](delivery& which) {
      return outer(which, next);
    };
  }
  return inner;
}

}  // namespace

workshop::workshop(group_consumer from, entry_handler handler, worker_options how)
    : from_(std::move(from)),
      handler_(wrapped(std::move(handler), how.wrap())),
      how_(std::move(how)),
      link_(client_access::shared_link(from_.get_client())),
      change_(*link_) {}

asio::awaitable<void> workshop::work(std::shared_ptr<workshop> self, std::shared_ptr<bench> here) {
  co_await clear_cancellation();
  while (!self->stopping_) {
    while (!self->may_park() && !self->stopping_) co_await self->change_.wait();
    if (self->one_too_many()) break;
    auto next = co_await self->from_.get_entry(waiting::for_ever());
    if (!next) break;
    if (self->how_.ordered_by()) {
      co_await self->work_in_order(here, *std::move(next));
    } else {
      co_await self->work_on(here, *std::move(next));
    }
  }
}

asio::awaitable<void> workshop::work_in_order(std::shared_ptr<bench> here, delivery first) {
  const auto key = how_.ordered_by()(first);
  const auto [mine, fresh] = lines_.try_emplace(key);
  if (!fresh) {
    mine->second.push_back(std::move(first));
    ++done_.parked;
    co_return;
  }
  co_await work_on(here, std::move(first));
  while (true) {
    // Stopping clears the lines.
    const auto rest = lines_.find(key);
    if (rest == lines_.end()) co_return;
    if (rest->second.empty()) break;
    delivery next = std::move(rest->second.front());
    rest->second.pop_front();
    --done_.parked;
    change_.open();
    co_await work_on(here, std::move(next));
  }
  lines_.erase(key);
}

asio::awaitable<void> workshop::work_on(std::shared_ptr<bench> here, delivery which) {
  auto attempt_number = which.delivery_count().value_or(1);
  while (true) {
    auto failure = co_await attempt(here, which);
    if (!failure) co_return;
    const bool again = co_await settle_failed(which, failure, attempt_number++);
    if (!again) co_return;
  }
}

// One run of the handler. Gives back what it threw; nothing when the entry is settled, or lost.
asio::awaitable<std::exception_ptr> workshop::attempt(std::shared_ptr<bench> here,
                                                      delivery& which) {
  std::exception_ptr failure;
  ++done_.in_progress;
  here->busy = true;
  which.when_lease_lost([here, whose = weak_from_this()] {
    if (here->busy) return here->cancel.emit(asio::cancellation_type::terminal);
    if (const auto self = whose.lock()) self->change_.open();
  });
  try {
    if (how_.run_handlers_on()) {
      // Several threads may run it: what cancels a handler must not meet it half-way.
      const auto strand = asio::make_strand(how_.run_handlers_on());
      co_await asio::co_spawn(strand, handler_(which), asio::use_awaitable);
    } else {
      co_await handler_(which);
    }
  } catch (...) {
    failure = std::current_exception();
  }
  here->busy = false;
  --done_.in_progress;
  co_await clear_cancellation();
  if (which.lease_lost()) {
    ++done_.leases_lost;
    co_return nullptr;
  }
  if (failure) {
    ++done_.failed;
    co_return failure;
  }
  ++done_.handled;
  if (which.pending()) std::move(which).ack_later();
  co_return nullptr;
}

verdict workshop::judge(const std::exception_ptr& failure, const delivery& which) const {
  if (const auto judged = how_.errors().judge(failure, which)) return *judged;
  return how_.unhandled() == on_unhandled::retry ? verdict::retry() : verdict::rethrow();
}

// True when it is to be tried again right here.
asio::awaitable<bool> workshop::settle_failed(delivery& which, std::exception_ptr failure,
                                              std::int64_t attempt) {
  // Cancelled by the end of the drain, it has not failed: it is given back as if not tried.
  if (stopping_ && is_cancellation(failure)) co_return false;
  auto judged = judge(failure, which);
  if (judged.what() == verdict::kind::rethrow) {
    if (which.pending()) {
      auto given_back = std::move(which).nack();
      co_await as_result(std::move(given_back));
    }
    fail(failure);
    co_return false;
  }
  if (!which.pending()) co_return false;
  if (judged.what() == verdict::kind::retry) {
    judged = retry_verdict(how_.retry(), attempt, failure, link_->random());
  }
  bool again = false;
  switch (judged.what()) {
    case verdict::kind::ack:
      ++done_.dismissed;
      std::move(which).ack_later();
      break;
    case verdict::kind::leave:
      ++done_.left;
      group_access::settle_quietly(which);
      break;
    case verdict::kind::reject: {
      ++done_.rejected;
      auto buried = std::move(which).reject(judged.reason(), thrown_text(failure));
      co_await as_result(std::move(buried));
      break;
    }
    case verdict::kind::nack:
      ++done_.retried;
      again = co_await try_later(which, judged.delay());
      break;
    case verdict::kind::retry:
    case verdict::kind::rethrow:
      break;  // are dealt with
  }
  co_return again;
}

// True when it has waited in its place, and is to be tried again right here.
asio::awaitable<bool> workshop::try_later(delivery& which, std::chrono::milliseconds pause) {
  if (!how_.ordered_by() || stopping_) {
    auto given_back = std::move(which).nack(pause);
    co_await as_result(std::move(given_back));
    co_return false;
  }
  const auto until = link_->time().now() + pause;
  const auto goes_on = [this, &which] {
    return !stopping_ && !link_->closed() && !which.lease_lost();
  };
  while (goes_on() && link_->time().now() < until) co_await change_.wait(until);
  co_return goes_on();
}

// The end.

asio::awaitable<void> workshop::run(std::shared_ptr<workshop> self) {
  if (std::exchange(self->begun_, true)) {
    throw error(errc::invalid_argument, "a worker runs once");
  }
  while (self->open_ < self->how_.concurrency()) self->open_bench();
  while (!self->stopping_ && self->open_ > 0) {
    co_await self->change_.wait();
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) self->stop();
    co_await clear_cancellation();
  }
  self->stop();
  // It ends as it would have ended, only now.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await self->drain();
  if (self->failure_) std::rethrow_exception(self->failure_);
}

asio::awaitable<void> workshop::drain() {
  co_await wait_until_closed(link_->time().now() + how_.drain_within());
  if (open_ > 0) {
    cancel_handlers();
    co_await wait_until_closed(link_->time().now() + grace_of_the_cancelled);
  }
  co_await wait_until_confirmed();
}

asio::awaitable<void> workshop::confirm(std::shared_ptr<workshop> self) {
  co_await self->from_.flush();
  co_await hand_over(self->link_);
}

asio::awaitable<void> workshop::wait_until_confirmed() {
  bool late = false;
  auto on_end = [self = shared_from_this(), &late](const std::exception_ptr& why) {
    self->confirmed_ = true;
    if (why && !late && !self->failure_) self->failure_ = why;
    self->change_.open();
  };
  asio::co_spawn(link_->executor(), confirm(shared_from_this()),
                 asio::bind_cancellation_slot(give_up_.slot(), std::move(on_end)));
  const auto limit = link_->time().now() + patience_with_servers;
  while (!confirmed_ && link_->time().now() < limit) co_await change_.wait(limit);
  late = true;
  if (!confirmed_) give_up_.emit(asio::cancellation_type::terminal);
  while (!confirmed_) co_await change_.wait();
}

asio::awaitable<void> workshop::wait_until_closed(clock::time_point limit) {
  while (open_ > 0 && link_->time().now() < limit) co_await change_.wait(limit);
}

void workshop::cancel_handlers() {
  const auto all = benches_;
  for (const auto& each : all) {
    if (each->busy) each->cancel.emit(asio::cancellation_type::terminal);
  }
}

}  // namespace sluice
