// What the nodes of a pipeline have in common.
#pragma once

#include "sluice/flow/receipt.hpp"

#include <boost/asio/awaitable.hpp>

#include <exception>
#include <utility>

namespace sluice::flow {

/// A node with another one behind it. Nodes lie inside each other, so that an element goes through
/// all of them by plain calls. A stage's node derives from it, has `void push(item<In>&&)`, and
/// replaces what it does otherwise.
///
/// `push` takes whatever it is given. Who pushes looks at `full()` afterwards and waits for
/// `room()`: that is the back-pressure.
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: that of the run.
template <class Next>
class linked {
 public:
  linked(const linked&) = delete;
  linked& operator=(const linked&) = delete;

  /// True when nothing should be pushed for now.
  bool full() const noexcept { return next_.full(); }
  /// Until that changes, or the pipeline is aborted.
  ///
  /// Errors: none. Cancellation: ends the wait. Cost: none.
  boost::asio::awaitable<void> room() { return next_.room(); }
  /// Tells of an element that failed in a stage before.
  void fail(receipt from, std::exception_ptr why) { next_.fail(std::move(from), std::move(why)); }
  /// Nothing comes any more.
  void finish() { next_.finish(); }

 protected:
  /// `make` makes the node behind it, in its place.
  template <class MakeNext>
  explicit linked(MakeNext& make) : next_(make()) {}
  ~linked() = default;

  /// The node behind it.
  Next& next() noexcept { return next_; }

 private:
  Next next_;
};

}  // namespace sluice::flow
