#include "sluice/flow/every.hpp"

#include "sluice/flow/bounds.hpp"

#include <algorithm>

namespace sluice::flow {

void ticks::join(runtime& where) {
  runtime_ = &where;
  begin_ = where.time().now();
  rung_ = std::make_unique<signal>(where);
  alarm_ = where.time().make_alarm(where.executor());
}

boost::asio::awaitable<std::optional<item<std::uint64_t>>> ticks::next() {
  std::optional<item<std::uint64_t>> found;
  auto& time = runtime_->time();
  const auto passed = static_cast<std::uint64_t>((time.now() - begin_) / interval_);
  last_ = std::max(last_ + 1, passed);
  const auto due = begin_ + static_cast<std::int64_t>(last_) * interval_;
  if (!closed_) alarm_->set(due, [this] { rung_->notify_all(); });
  while (!closed_ && time.now() < due) co_await rung_->wait();
  if (!closed_) found.emplace(last_, receipt());
  co_return found;
}

void ticks::close() noexcept {
  closed_ = true;
  if (rung_) rung_->notify_all();
}

ticks every(std::chrono::nanoseconds interval) { return ticks(positive(interval, "an interval")); }

}  // namespace sluice::flow
