// The node of stages at which elements wait: buffer, delay, rate_limit.
#pragma once

#include "sluice/core/clock.hpp"
#include "sluice/flow/linked.hpp"
#include "sluice/flow/receipt.hpp"
#include "sluice/flow/runtime.hpp"
#include "sluice/flow/signal.hpp"
#include "sluice/flow/stage.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

namespace sluice::flow {

/// When the element that is next in line may go on; asked once for each, in order.
using pace = std::function<clock::time_point(clock::time_point now, clock::time_point arrived)>;

/// Elements wait in a line until it is their turn and there is room behind it.
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: that of the run.
template <class In, class Next>
class paced_node : public linked<Next> {
 public:
  /// With a line of `capacity`; a null `turn` is at once.
  template <class MakeNext>
  paced_node(runtime& where, std::string_view name, std::size_t capacity, pace turn, MakeNext& next)
      : linked<Next>(next),
        runtime_(where),
        report_(where.report(name)),
        capacity_(capacity),
        turn_(std::move(turn)),
        change_(where),
        left_(where),
        alarm_(where.time().make_alarm(where.executor())) {
    where.start(let_go());
  }

  /// Puts it into the line.
  void push(item<In>&& element) {
    ++report_.taken;
    line_.emplace_back(std::move(element), runtime_.time().now());
    if (line_.size() == 1) change_.notify_all();
  }
  /// As long as the line is.
  bool full() const noexcept { return line_.size() >= capacity_; }
  /// Until somebody has left it.
  ///
  /// Errors: none. Cancellation: ends the wait. Cost: none.
  boost::asio::awaitable<void> room() { return left_.wait(); }
  /// It goes on when the line is empty.
  void finish() {
    finishing_ = true;
    change_.notify_all();
  }

 private:
  struct waiting {
    waiting(item<In>&& what, clock::time_point when) : element(std::move(what)), arrived(when) {}
    item<In> element;
    clock::time_point arrived;
  };

  boost::asio::awaitable<void> let_go() {
    while (true) {
      while (line_.empty() && !finishing_ && !runtime_.aborted()) co_await change_.wait();
      if (line_.empty() || runtime_.aborted()) break;
      if (turn_) co_await wait_until(turn_(runtime_.time().now(), line_.front().arrived));
      while (this->next().full() && !runtime_.aborted()) co_await this->next().room();
      if (runtime_.aborted()) break;
      auto element = std::move(line_.front().element);
      const bool was_full = full();
      line_.pop_front();
      if (was_full) left_.notify_all();
      this->next().push(std::move(element));
    }
    linked<Next>::finish();
  }

  boost::asio::awaitable<void> wait_until(clock::time_point turn) {
    if (turn > runtime_.time().now()) alarm_->set(turn, [this] { change_.notify_all(); });
    while (turn > runtime_.time().now() && !runtime_.aborted()) co_await change_.wait();
  }

  runtime& runtime_;
  stage_report& report_;
  std::size_t capacity_;
  pace turn_;
  std::deque<waiting> line_;
  signal change_;
  signal left_;
  std::unique_ptr<clock::alarm> alarm_;
  bool finishing_ = false;
};

}  // namespace sluice::flow
