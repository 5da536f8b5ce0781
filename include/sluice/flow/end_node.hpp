// What stands behind a sink: nothing but the end.
#pragma once

#include "sluice/flow/receipt.hpp"
#include "sluice/flow/runtime.hpp"

#include <boost/asio/awaitable.hpp>

#include <exception>
#include <utility>

namespace sluice::flow {

/// Always has room. An element that failed and that no `on_error` judged is tried again, in the way
/// of its source.
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: that of the run.
class end_node {
 public:
  /// Of this run.
  explicit end_node(runtime& where) noexcept : runtime_(where) {}
  end_node(const end_node&) = delete;
  end_node& operator=(const end_node&) = delete;

  /// Never.
  bool full() const noexcept { return false; }
  /// At once.
  ///
  /// Errors: none. Cancellation: none. Cost: none.
  boost::asio::awaitable<void> room() { co_return; }
  /// Settles an element that failed.
  void fail(receipt from, const std::exception_ptr& why) {
    runtime_.settle(std::move(from), why, verdict::retry());
  }
  /// Nothing comes any more.
  void finish() noexcept {}

 private:
  runtime& runtime_;
};

}  // namespace sluice::flow
