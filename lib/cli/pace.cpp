#include "cli/pace.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

constexpr auto caught_up = 100ms;

}  // namespace

pace::pace(const asio::any_io_executor& executor, std::optional<double> entries_a_second)
    : timer_(executor), next_(clock::now()) {
  if (!entries_a_second) return;
  const std::chrono::duration<double> step(1 / *entries_a_second);
  step_ = std::chrono::duration_cast<clock::duration>(step);
}

asio::awaitable<bool> pace::wait() {
  if (step_ == clock::duration::zero()) co_return !stopped_;
  const auto now = clock::now();
  const auto due = std::max(next_, now - caught_up);
  next_ = due + step_;
  if (due > now && !stopped_) {
    timer_.expires_at(due);
    boost::system::error_code cancelled;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
  co_return !stopped_;
}

void pace::stop() {
  stopped_ = true;
  timer_.cancel();
}

}  // namespace sluice::cli
