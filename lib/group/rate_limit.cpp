#include "group/group_access.hpp"
#include "group/group_lane.hpp"
#include "group/run_on.hpp"
#include "group/token_bucket.hpp"

#include "sluice/group/middleware.hpp"

#include <boost/asio/this_coro.hpp>

#include <memory>
#include <mutex>

namespace sluice {
namespace asio = boost::asio;
namespace {

// The workers that share it may run in several threads.
class shared_bucket {
 public:
  explicit shared_bucket(token_bucket made) noexcept : bucket_(made) {}

  clock::time_point take(clock::time_point now) {
    const std::lock_guard lock(mutex_);
    return bucket_.take(now);
  }

 private:
  std::mutex mutex_;
  token_bucket bucket_;
};

// On the client's executor, where the lane tells that its consumer is closed.
asio::awaitable<void> wait_for_turn(group_lane& lane, clock::time_point turn) {
  auto& link = lane.connection_of();
  while (link.time().now() < turn) {
    if (lane.retired()) throw error(errc::cancelled, "the worker stopped before it was its turn");
    co_await lane.until_retired(turn);
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) throw error(errc::cancelled);
    if (link.closed()) throw error(errc::closed);
  }
}

asio::awaitable<void> run_in_turn(std::shared_ptr<shared_bucket> bucket, delivery& which,
                                  const entry_handler& next) {
  auto& lane = group_access::lane_of(which);
  const auto now = lane.connection_of().time().now();
  const auto turn = bucket->take(now);
  if (turn > now) {
    auto wait = wait_for_turn(lane, turn);
    co_await run_on(lane.connection_of().executor(), std::move(wait));
  }
  co_await next(which);
}

}  // namespace

middleware rate_limit(double per_second, std::size_t burst) {
  // Written so that what is no number is out of range as well.
  if (!(per_second >= 0.001 && per_second <= 1e6)) {
    throw error(errc::invalid_argument, "a rate goes from 0.001 to 1,000,000 a second");
  }
  if (burst < 1 || burst > 1'000'000) {
    throw error(errc::invalid_argument, "a burst goes from 1 to 1,000,000");
  }
  const auto interval =
      std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(1.0 / per_second));
  const token_bucket made(interval, static_cast<std::int64_t>(burst));
  auto bucket = std::make_shared<shared_bucket>(made);
  return [bucket = std::move(bucket)](delivery& which, const entry_handler& next) {
    return run_in_turn(bucket, which, next);
  };
}

}  // namespace sluice
