#include "app/topic_desk.hpp"

#include "sluice/core/thrown.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

bool is_cancellation(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& why) {
    return why.code() == condition::cancelled;
  } catch (...) {
    return false;
  }
}

}  // namespace

topic_desk::topic_desk(std::shared_ptr<connection> link, std::shared_ptr<connection> answers,
                       std::string topic, std::string group)
    : link_(std::move(link)),
      answers_(std::move(answers)),
      topic_(std::move(topic)),
      group_(std::move(group)) {}

void topic_desk::add(request_handler handler, listener_options how) {
  if (listeners_.empty()) {
    how_ = how;
  } else {
    how_.concurrency(std::max(how_.concurrency(), how.concurrency()))
        .drain_within(std::max(how_.drain_within(), how.drain_within()))
        .heartbeat(std::max(how_.heartbeat(), how.heartbeat()))
        .max_deliveries(std::max(how_.max_deliveries(), how.max_deliveries()));
  }
  listeners_.push_back(std::make_shared<const listener>(listener{std::move(handler), how.retry()}));
}

asio::awaitable<void> topic_desk::rest(std::chrono::milliseconds time,
                                       std::shared_ptr<service_call> which) {
  gate over(*link_);
  const auto until = link_->time().now() + time;
  while (link_->time().now() < until && !link_->closed() && !which->revoked()) {
    co_await over.wait(until);
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) throw error(errc::cancelled);
  }
}

asio::awaitable<std::exception_ptr> topic_desk::serve(const listener& by,
                                                      std::shared_ptr<service_call> which) {
  for (std::int64_t attempt = 1;; ++attempt) {
    std::exception_ptr failure;
    try {
      co_await service_call::attempt(which, by.handler, attempt);
    } catch (...) {
      failure = std::current_exception();
    }
    if (!failure) co_return nullptr;
    const auto state = co_await asio::this_coro::cancellation_state;
    // The app's time to drain is over, or the message belongs to another member now.
    if (state.cancelled() != asio::cancellation_type::none) std::rethrow_exception(failure);
    const bool over = which->revoked() || is_cancellation(failure);
    const auto pause = over ? std::nullopt : by.retry.next(attempt, failure, link_->random());
    if (!pause) co_return failure;
    co_await rest(*pause, which);
  }
}

asio::awaitable<void> topic_desk::handle(std::shared_ptr<topic_desk> self, envelope what) {
  auto answers = std::make_shared<answer_line>(self->answers_, what, self->group_);
  const auto which =
      service_call::make(self->link_, self->topic_, std::move(what), std::move(answers));
  const auto listeners = self->listeners_;
  std::exception_ptr first_failure;
  std::string failures;
  for (const auto& each : listeners) {
    auto failure = co_await self->serve(*each, which);
    if (!failure) continue;
    if (!first_failure) first_failure = failure;
    failures += (failures.empty() ? "" : ", ") + thrown_text(failure);
  }
  which->answers()->end(failures);
  // Nobody wants it done any more: that is no reason to keep it.
  if (first_failure && !which->revoked()) std::rethrow_exception(first_failure);
}

}  // namespace sluice
