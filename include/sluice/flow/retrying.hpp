// A stage's function that is tried again in its place.
#pragma once

#include "sluice/flow/runtime.hpp"
#include "sluice/flow/work.hpp"
#include "sluice/group/retry_policy.hpp"

#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

namespace sluice::flow {

/// Calls a function, or a coroutine, again as long as it throws and the policy wants it. It is
/// given the same element each time, hence by const reference.
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: that of the run that it has joined.
template <class Work>
class retrying {
 public:
  /// By this policy.
  retrying(Work work, retry_policy policy) : work_(std::move(work)), policy_(std::move(policy)) {}

  /// Called once by the run, before the first element.
  void join(runtime& where) noexcept { runtime_ = &where; }

  /// The function's result.
  ///
  /// Errors: those of the last attempt. Cancellation: as the function has it. Cost: the function's.
  template <class In>
  requires std::invocable<Work&, const In&>
  auto operator()(const In& what) { return attempt<work_result<Work, const In&>, In>(what); }

 private:
  template <class Result, class In>
  boost::asio::awaitable<Result> attempt(const In& what) {
    for (std::int64_t attempts = 1;; ++attempts) {
      std::exception_ptr failure;
      try {
        if constexpr (!coroutine_work<Work, const In&>) {
          co_return work_on(work_, what);
        } else if constexpr (std::is_same_v<Result, std::monostate>) {
          co_await std::invoke(work_, what);
          co_return Result();
        } else {
          co_return co_await std::invoke(work_, what);
        }
      } catch (...) {
        failure = std::current_exception();
      }
      const auto pause = policy_.next(attempts, failure, runtime_->random());
      if (pause) co_await runtime_->wait_until(runtime_->time().now() + *pause);
      if (!pause || runtime_->aborted()) std::rethrow_exception(failure);
    }
  }

  Work work_;
  retry_policy policy_;
  runtime* runtime_ = nullptr;
};

}  // namespace sluice::flow
