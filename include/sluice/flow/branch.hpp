// Several ways out of a pipeline.
#pragma once

#include "sluice/flow/receipt.hpp"
#include "sluice/flow/runtime.hpp"
#include "sluice/flow/stage.hpp"

#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <exception>
#include <utility>

namespace sluice::flow {

/// Two nodes side by side.
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: that of the run.
template <class In, class First, class Second>
class fork_node {
 public:
  /// Made in their places.
  template <class MakeFirst, class MakeSecond>
  fork_node(runtime& where, MakeFirst&& first, MakeSecond&& second)
      : runtime_(where), first_(first()), second_(second()) {}
  fork_node(const fork_node&) = delete;
  fork_node& operator=(const fork_node&) = delete;

  /// A copy goes the first way.
  void push(item<In>&& element) {
    first_.push(item<In>(std::as_const(element)));
    second_.push(std::move(element));
  }
  /// When one of them is.
  bool full() const noexcept { return first_.full() || second_.full(); }
  /// Until none of them is full.
  ///
  /// Errors: none. Cancellation: ends the wait. Cost: none.
  boost::asio::awaitable<void> room() {
    while (first_.full() && !runtime_.aborted()) co_await first_.room();
    while (second_.full() && !runtime_.aborted()) co_await second_.room();
  }
  /// An element that failed before goes no way.
  void fail(receipt from, const std::exception_ptr& why) {
    runtime_.settle(std::move(from), why, verdict::retry());
  }
  /// For both.
  void finish() {
    first_.finish();
    second_.finish();
  }

 private:
  runtime& runtime_;
  First first_;
  Second second_;
};

/// Two sinks, as one.
///
/// Thread rule: a value until its pipeline runs.
template <class First, class Second>
class forked_sink : public sink_base {
 public:
  /// The one and the other.
  forked_sink(First first, Second second) : first_(std::move(first)), second_(std::move(second)) {}

  /// Does not compile where one of them cannot work on `In`.
  template <class In>
  static constexpr void check() {
    static_assert(std::copy_constructible<In>,
                  "flow::branch: what the stage before it gives cannot be copied");
    First::template check<In>();
    Second::template check<In>();
  }
  /// The nodes of both.
  template <class In>
  auto make(runtime& where) && {
    const auto first = [this, &where] { return std::move(first_).template make<In>(where); };
    const auto second = [this, &where] { return std::move(second_).template make<In>(where); };
    return fork_node<In, decltype(first()), decltype(second())>(where, first, second);
  }

 private:
  First first_;
  Second second_;
};

/// Each element goes all of these ways, each of which is a sink, perhaps behind stages. It is done
/// with when it is on all of them; when it fails on one, it has failed. The slowest way sets the
/// pace: put a `buffer` into the others.
///
/// @code
/// source | flow::branch(flow::map(to_row) | flow::partition(500, 1s) | flow::sink(insert),
///                       flow::filter(is_alarm) | flow::sink(page_somebody))
/// @endcode
template <sink_of_any First>
First branch(First only) {
  return only;
}
/// The same of several.
template <sink_of_any First, sink_of_any... Rest>
auto branch(First first, Rest... rest) {
  using others = decltype(flow::branch(std::move(rest)...));
  return forked_sink<First, others>(std::move(first), flow::branch(std::move(rest)...));
}

}  // namespace sluice::flow
