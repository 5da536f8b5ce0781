#include "topic/patience.hpp"

#include "sluice/core/result.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <utility>

namespace sluice {

using namespace std::chrono_literals;
namespace {

// A server that answers nothing must not keep a program from ending.
constexpr auto patience_at_the_end = 5s;

bool is_cancelled(const boost::asio::cancellation_state& what) {
  return what.cancelled() != boost::asio::cancellation_type::none;
}

}  // namespace

boost::asio::awaitable<reply> patience::exec(command what) {
  what.repeatable(true).timeout(patience_at_the_end);
  std::uint32_t failures = 0;
  for (;;) {
    auto answer = co_await as_result(redis_.exec(what));
    if (answer) co_return *std::move(answer);
    if (answer.error().code() != condition::retryable || ended()) throw answer.error();
    co_await rest(failures);
  }
}

boost::asio::awaitable<void> patience::rest(std::uint32_t& failures) {
  const auto time = std::min<clock::duration>(50ms * (1U << std::min(failures++, 7U)), 5s);
  co_await rest_for(time);
}

boost::asio::awaitable<void> patience::rest_for(clock::duration time) {
  const auto& link = client_access::link(redis_);
  if (ended_ || link.closed()) co_return;
  co_await change_->wait(link.time().now() + time);
  const auto state = co_await boost::asio::this_coro::cancellation_state;
  if (is_cancelled(state)) throw error(errc::cancelled, "cancelled during a pause");
}

boost::asio::awaitable<void> patience::see_through(boost::asio::awaitable<void> step) {
  auto& link = client_access::link(redis_);
  const auto over = std::make_shared<bool>(false);
  auto on_end = [over, change = change_, redis = redis_](const std::exception_ptr&) {
    *over = true;
    change->open();
  };
  boost::asio::co_spawn(link.executor(), std::move(step), std::move(on_end));
  auto limit = clock::time_point::max();
  while (!*over && !link.closed() && link.time().now() < limit) {
    if (ended_) limit = std::min(limit, link.time().now() + patience_at_the_end);
    co_await change_->wait(limit);
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (is_cancelled(state)) throw error(errc::cancelled, "cancelled; the step goes on");
  }
}

void patience::end() noexcept {
  ended_ = true;
  change_->open();
}

}  // namespace sluice
