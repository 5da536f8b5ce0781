#include "app/topic_desk.hpp"

#include "core/cancellation.hpp"

#include "sluice/app/unfit_message.hpp"
#include "sluice/core/thrown.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
/// A message in the hands of the listeners, for as long as it is.
class topic_desk::visit {
 public:
  visit(topic_desk& at, std::shared_ptr<service_call> which)
      : at_(at), which_(std::move(which)), admitted_(at.calls_->admit(which_)) {
    const auto left = which_->time_left();
    if (left && left->count() == 0) admitted_ = false;
    if (!admitted_) ++at_.done_.revoked;
    ++at_.done_.in_progress;
  }
  visit(const visit&) = delete;
  visit& operator=(const visit&) = delete;
  ~visit() {
    --at_.done_.in_progress;
    at_.calls_->dismiss(*which_);
  }

  /// False where nobody wants it done any more.
  bool admitted() const noexcept { return admitted_; }

 private:
  topic_desk& at_;
  std::shared_ptr<service_call> which_;
  bool admitted_;
};

topic_desk::topic_desk(std::shared_ptr<connection> link, std::shared_ptr<connection> answers,
                       std::shared_ptr<running_calls> calls, std::shared_ptr<extensions> watchers,
                       std::string topic, std::string group)
    : link_(std::move(link)),
      answers_(std::move(answers)),
      calls_(std::move(calls)),
      watchers_(std::move(watchers)),
      group_(std::move(group)) {
  done_.topic = std::move(topic);
}

void topic_desk::add(request_handler handler, listener_options how) {
  if (listeners_.empty()) {
    how_ = how;
  } else {
    how_.concurrency(how_.scaling().joined_with(how.scaling()))
        .drain_within(std::max(how_.drain_within(), how.drain_within()))
        .heartbeat(std::max(how_.heartbeat(), how.heartbeat()))
        .max_deliveries(std::max(how_.max_deliveries(), how.max_deliveries()))
        .keep_handled(how_.keep_handled() || how.keep_handled());
  }
  listeners_.push_back(std::make_shared<const listener>(listener{std::move(handler), how.retry()}));
  done_.listeners = listeners_.size();
  done_.concurrency = how_.concurrency();
}

asio::awaitable<void> topic_desk::rest(std::chrono::milliseconds time,
                                       std::shared_ptr<service_call> which) {
  const auto over = std::make_shared<gate>(*link_);
  which->when_revoked([over] { over->open(); });
  const auto until = link_->time().now() + time;
  while (link_->time().now() < until && !link_->closed() && !which->revoked()) {
    co_await over->wait(until);
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
    const bool over =
        which->revoked() || is_cancellation(failure) || thrown_is<unfit_message>(failure);
    const auto pause = over ? std::nullopt : by.retry.next(attempt, failure, link_->random());
    if (!pause) co_return failure;
    ++done_.retried;
    co_await rest(*pause, which);
    if (which->revoked()) co_return std::make_exception_ptr(*which->revoked());
  }
}

asio::awaitable<std::exception_ptr> topic_desk::serve_watched(std::size_t number,
                                                              std::shared_ptr<service_call> which) {
  const request message(which);
  consumption seen(message, number);
  const auto begun = link_->time().now();
  watchers_->on_consume_begin(seen);
  std::exception_ptr failure, cancellation;
  try {
    const auto by = listeners_[number];
    failure = co_await serve(*by, which);
  } catch (...) {
    cancellation = std::current_exception();
  }
  const auto taken =
      std::chrono::duration_cast<std::chrono::microseconds>(link_->time().now() - begun);
  if (cancellation || which->revoked()) {
    seen.end(listener_outcome::cut_short, taken);
  } else if (failure) {
    seen.end(listener_outcome::failed, taken);
    watchers_->on_consume_exception(seen, failure);
  } else {
    seen.end(listener_outcome::handled, taken);
  }
  watchers_->on_consume_end(seen);
  if (cancellation) std::rethrow_exception(cancellation);
  co_return failure;
}

// What the first of those that failed threw; the sender hears of all.
asio::awaitable<std::exception_ptr> topic_desk::serve_all(std::shared_ptr<service_call> which) {
  const auto listeners = listeners_;
  std::exception_ptr first_failure;
  std::string failures;
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    auto serving = watchers_->empty() ? serve(*listeners[i], which) : serve_watched(i, which);
    auto failure = co_await std::move(serving);
    if (!failure) continue;
    if (!first_failure) first_failure = failure;
    failures += (failures.empty() ? "" : ", ") + thrown_text(failure);
  }
  which->answers()->end(failures);
  co_return first_failure;
}

asio::awaitable<void> topic_desk::handle(std::shared_ptr<topic_desk> self, arrival what) {
  auto answers = std::make_shared<answer_line>(self->answers_, what.what(), self->group_);
  const auto which =
      service_call::make(self->link_, self->done_.topic, std::move(what), std::move(answers));
  const visit here(*self, which);
  if (!here.admitted()) co_return;
  auto failure = co_await self->serve_all(which);
  self->done_.answers += which->answers()->count();
  // Nobody wants it done any more: that is no reason to keep it.
  if (which->revoked()) {
    ++self->done_.revoked;
  } else if (failure) {
    ++self->done_.failed;
    std::rethrow_exception(failure);
  } else {
    ++self->done_.handled;
  }
}

}  // namespace sluice
