// What becomes of elements that failed.
#pragma once

#include "sluice/flow/linked.hpp"
#include "sluice/flow/receipt.hpp"
#include "sluice/flow/runtime.hpp"
#include "sluice/flow/stage.hpp"
#include "sluice/group/error_handlers.hpp"

#include <exception>
#include <functional>
#include <utility>

namespace sluice::flow {

/// Judges an error.
using error_judge = std::function<verdict(const std::exception_ptr&)>;

/// Passes on what comes, and judges what failed before it.
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: that of the run.
template <class In, class Next>
class on_error_node : public linked<Next> {
 public:
  /// By this judge.
  template <class MakeNext>
  on_error_node(runtime& where, error_judge judge, MakeNext& next)
      : linked<Next>(next), runtime_(where), judge_(std::move(judge)) {}

  /// Passes it on.
  void push(item<In>&& element) { this->next().push(std::move(element)); }
  /// Settles it as it is judged. What the judge throws ends the run.
  void fail(receipt from, const std::exception_ptr& why) {
    std::exception_ptr last = why;
    auto judged = verdict::rethrow();
    try {
      judged = judge_(why);
    } catch (...) {
      last = std::current_exception();
    }
    runtime_.settle(std::move(from), last, judged);
  }

 private:
  runtime& runtime_;
  error_judge judge_;
};

/// The stage of `on_error`.
///
/// Thread rule: a value until its pipeline runs.
class on_error_stage : public stage_base {
 public:
  template <class In>
  using output = In;

  /// By this judge.
  explicit on_error_stage(error_judge judge) : judge_(std::move(judge)) {}

  /// Its node.
  template <class In, class MakeNext>
  auto make(runtime& where, MakeNext next) && {
    return on_error_node<In, decltype(next())>(where, std::move(judge_), next);
  }

 private:
  error_judge judge_;
};

/// What becomes of elements that failed in the stages before it, up to the `on_error` before that:
/// - `verdict::ack()` drops them: they count as done
/// - `verdict::retry()` has them tried again in the way of the source, from the source on
/// - `verdict::nack(delay)` has them tried again after `delay`, however often that was
/// - `verdict::reject(reason)` makes them dead letters
/// - `verdict::leave()` leaves them pending
/// - `verdict::rethrow()` hands them back and ends the run with their error
///
/// Where the source cannot take back anything, all but `verdict::ack()` end the run.
inline on_error_stage on_error(verdict always) {
  return on_error_stage([always = std::move(always)](const std::exception_ptr&) { return always; });
}
/// The same where it depends on the error. What the function throws ends the run.
///
/// @code
/// flow::on_error([](const std::exception_ptr& why) {
///   return sluice::thrown_is<timeout>(why) ? sluice::verdict::retry()
///                                          : sluice::verdict::reject("unreadable");
/// })
/// @endcode
inline on_error_stage on_error(error_judge judge) { return on_error_stage(std::move(judge)); }

}  // namespace sluice::flow
