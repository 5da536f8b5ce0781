// The node of a stage whose function is a coroutine.
#pragma once

#include "sluice/core/error.hpp"
#include "sluice/flow/linked.hpp"
#include "sluice/flow/receipt.hpp"
#include "sluice/flow/runtime.hpp"
#include "sluice/flow/signal.hpp"
#include "sluice/flow/work.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <iterator>
#include <list>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace sluice::flow {

/// How many elements a coroutine stage works on at once, and in which order they go on.
///
/// Thread rule: a trivial value.
struct bench_plan {
  std::size_t concurrency = 1;  ///< How many at once, ≥ 1.
  bool ordered = true;          ///< They go on in the order in which they came.
};

/// Elements stand in a line; benches, each a coroutine, take them from it.
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: that of the run.
template <class Kind, class Work, class In, class Next>
class bench_node : public linked<Next> {
 public:
  /// Opens its benches when the run begins.
  template <class MakeNext>
  bench_node(runtime& where, Work work, bench_plan how, MakeNext& next)
      : linked<Next>(next),
        runtime_(where),
        report_(where.report(Kind::name)),
        work_(std::move(work)),
        how_(how),
        arrived_(where),
        left_(where),
        open_(how.concurrency) {
    for (std::size_t i = 0; i < open_; ++i) where.start(work_at_a_bench());
  }

  /// Puts it into the line.
  void push(item<In>&& element) {
    ++report_.taken;
    if (free_.empty()) free_.emplace_back();
    free_.front().element.emplace(std::move(element));
    waiting_.splice(waiting_.end(), free_, free_.begin());
    arrived_.notify_one();
  }
  /// As many as are worked on may wait as well.
  bool full() const noexcept { return waiting_.size() + working_.size() >= 2 * how_.concurrency; }
  /// Until some have left.
  ///
  /// Errors: none. Cancellation: ends the wait. Cost: none.
  boost::asio::awaitable<void> room() { return left_.wait(); }
  /// The benches end when nothing waits any more.
  void finish() {
    finishing_ = true;
    arrived_.notify_all();
  }

 private:
  using argument = typename Kind::template argument<In>;
  using result = work_result<Work, argument>;

  struct place {
    std::optional<item<In>> element;
    std::optional<result> made;
    std::exception_ptr failure;
    bool done = false;
    bool leaving = false;  // somebody waits for room for it
  };
  using line = std::list<place>;

  // All in one coroutine: the frames of further ones would cost more than the work here.
  boost::asio::awaitable<void> work_at_a_bench() {
    while (true) {
      while (waiting_.empty() && !finishing_ && !runtime_.aborted()) co_await arrived_.wait();
      if (waiting_.empty() || runtime_.aborted()) break;
      working_.splice(working_.end(), waiting_, waiting_.begin());
      const auto mine = std::prev(working_.end());
      if (mine->element->from.lost()) {
        leave_undone(mine);
        continue;
      }
      try {
        if constexpr (std::is_same_v<result, std::monostate>) {
          co_await std::invoke(work_, static_cast<argument>(mine->element->value));
          mine->made.emplace();
        } else {
          mine->made.emplace(
              co_await std::invoke(work_, static_cast<argument>(mine->element->value)));
        }
      } catch (...) {
        mine->failure = std::current_exception();
      }
      mine->done = true;
      if (runtime_.aborted()) break;
      if (mine->failure) runtime_.failed(report_, mine->failure);
      // In order, whoever finishes the first in line lets go all that are done behind it.
      auto leaving = how_.ordered ? working_.begin() : mine;
      while (leaving != working_.end() && leaving->done && !leaving->leaving) {
        leaving->leaving = true;
        while (this->next().full() && !runtime_.aborted()) co_await this->next().room();
        pass_on(leaving);
        leaving = how_.ordered ? working_.begin() : working_.end();
      }
    }
    if (--open_ == 0) linked<Next>::finish();
  }

  // Somebody else works on it by now; should it come back, it is a new element.
  void leave_undone(typename line::iterator which) {
    const bool was_full = full();
    auto element = *std::exchange(which->element, std::nullopt);
    free_.splice(free_.end(), working_, which);
    element.from.fail(std::make_exception_ptr(error(errc::lease_lost)), verdict::leave());
    if (was_full) left_.notify_all();
  }

  void pass_on(typename line::iterator which) {
    const bool was_full = full();
    auto element = *std::exchange(which->element, std::nullopt);
    auto made = std::exchange(which->made, std::nullopt);
    const auto failure = std::exchange(which->failure, nullptr);
    which->done = which->leaving = false;
    free_.splice(free_.end(), working_, which);
    if (failure) {
      this->fail(std::move(element.from), failure);
    } else {
      pass_on(std::move(element), *std::move(made));
    }
    if (was_full) left_.notify_all();
  }
  // What is made may be a range that throws while its parts go on.
  void pass_on(item<In>&& element, result&& made) {
    try {
      Kind::pass_on(this->next(), std::move(element), std::move(made));
    } catch (...) {
      const auto why = std::current_exception();
      runtime_.failed(report_, why);
      this->fail(std::move(element.from), why);
    }
  }

  runtime& runtime_;
  stage_report& report_;
  Work work_;
  bench_plan how_;
  line waiting_;
  line working_;
  line free_;  // so that an element costs no allocation
  signal arrived_;
  signal left_;
  std::size_t open_;
  bool finishing_ = false;
};

}  // namespace sluice::flow
