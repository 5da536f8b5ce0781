#include "topic/patience.hpp"

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

}  // namespace sluice
