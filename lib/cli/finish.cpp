#include "cli/finish.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <utility>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

struct outcome {
  explicit outcome(const asio::any_io_executor& executor) : timer(executor) {}

  asio::steady_timer timer;
  std::exception_ptr thrown;
  bool finished = false;
};

}  // namespace

asio::awaitable<bool> finishes_within(std::chrono::milliseconds limit,
                                      asio::awaitable<void> operation) {
  const auto executor = co_await asio::this_coro::executor;
  const auto shared = std::make_shared<outcome>(executor);
  shared->timer.expires_after(limit);
  auto on_end = [shared](std::exception_ptr thrown) {
    shared->thrown = std::move(thrown);
    shared->finished = true;
    shared->timer.cancel();
  };
  asio::co_spawn(executor, std::move(operation), std::move(on_end));
  boost::system::error_code ignored;
  // It may have come to its end already, and a cancel before the wait would go unheard.
  if (!shared->finished) {
    co_await shared->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (shared->thrown) std::rethrow_exception(shared->thrown);
  co_return shared->finished;
}

}  // namespace sluice::cli
