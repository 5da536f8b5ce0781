// The node of a stage whose function is a coroutine.
#pragma once

#include "sluice/core/error.hpp"
#include "sluice/flow/linked.hpp"
#include "sluice/flow/receipt.hpp"
#include "sluice/flow/runtime.hpp"
#include "sluice/flow/signal.hpp"
#include "sluice/flow/work.hpp"
#include "sluice/flow/work_line.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <exception>
#include <functional>
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
    look_at_the_work();
    line_.add().element.emplace(std::move(element));
    arrived_.notify_one();
  }
  /// As many as are worked on may wait as well, and up to 32 more behind work that never waits.
  bool full() const noexcept { return line_.size() >= 2 * how_.concurrency + ahead_; }
  /// Until some have left.
  ///
  /// Errors: none. Cancellation: ends the wait. Cost: none.
  boost::asio::awaitable<void> room() {
    look_at_the_work();
    return left_.wait();
  }
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
    bool leaving = false;  // somebody waits for room for it, or passes it on

    void clear() noexcept {
      element.reset();
      made.reset();
      failure = nullptr;
      done = leaving = false;
    }
  };
  using iterator = typename work_line<place>::iterator;

  // All in one coroutine: the frames of further ones would cost more than the work here.
  boost::asio::awaitable<void> work_at_a_bench() {
    while (true) {
      while (line_.nobody_waits() && !finishing_ && !runtime_.aborted()) co_await arrived_.wait();
      if (line_.nobody_waits() || runtime_.aborted()) break;
      const auto mine = line_.take();
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
      auto leaving = how_.ordered ? line_.first() : mine;
      while (leaving->done && !leaving->leaving) {
        leaving->leaving = true;
        while (this->next().full() && !runtime_.aborted()) co_await this->next().room();
        pass_on(leaving);
        if (how_.ordered) leaving = line_.first();
      }
    }
    if (--open_ == 0) linked<Next>::finish();
  }

  // Somebody else works on it by now; should it come back, it is a new element.
  void leave_undone(iterator which) {
    which->element->from.fail(std::make_exception_ptr(error(errc::lease_lost)), verdict::leave());
    make_free(which);
  }

  void pass_on(iterator which) {
    if (which->failure) {
      this->fail(std::move(which->element->from), which->failure);
    } else {
      pass_on(*std::move(which->element), *std::move(which->made));
    }
    make_free(which);
  }
  // What is made may be a range that throws while its parts go on, and so may those behind. Where
  // the element is by then nobody knows: its duty is kept here.
  void pass_on(item<In>&& element, result&& made) {
    receipt duty = element.from;
    try {
      Kind::pass_on(this->next(), std::move(element), std::move(made));
    } catch (...) {
      const auto why = std::current_exception();
      runtime_.failed(report_, why);
      this->fail(std::move(duty), why);
    }
  }

  // Elements that come while others are worked on come while the work waits: then a long line would
  // only hold what others could have.
  void look_at_the_work() noexcept {
    if (!line_.nobody_works()) ahead_ = 0;
  }

  void make_free(iterator which) {
    const bool was_full = full();
    which->clear();
    line_.leave(which);
    if (!was_full || full()) return;
    if (ahead_ < most_ahead) ++ahead_;
    left_.notify_all();
  }

  // To hand over costs a turn of the executor, several times as much as to work on an element that
  // needs no wait. So many share one.
  static constexpr std::size_t most_ahead = 32;

  runtime& runtime_;
  stage_report& report_;
  Work work_;
  bench_plan how_;
  work_line<place> line_;
  signal arrived_;
  signal left_;
  std::size_t open_;
  std::size_t ahead_ = 0;  // for so many more there is room
  bool finishing_ = false;
};

}  // namespace sluice::flow
