#include "topic/patience.hpp"

#include "sluice/core/result.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice {

using namespace std::chrono_literals;

boost::asio::awaitable<reply> patience::exec(command what) {
  // No deadline: as long as the server is away there is nothing better to do.
  what.repeatable(true).timeout(0ms);
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
  co_await end_.wait(link.time().now() + time);
  const auto state = co_await boost::asio::this_coro::cancellation_state;
  if (state.cancelled() != boost::asio::cancellation_type::none) {
    throw error(errc::cancelled, "cancelled during a pause");
  }
}

void patience::end() noexcept {
  ended_ = true;
  end_.open();
}

}  // namespace sluice
