// The node of a stage whose function is a plain one.
#pragma once

#include "sluice/flow/linked.hpp"
#include "sluice/flow/receipt.hpp"
#include "sluice/flow/runtime.hpp"
#include "sluice/flow/work.hpp"

#include <exception>
#include <utility>

namespace sluice::flow {

/// Calls the function where the element comes by.
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: that of the run.
template <class Kind, class Work, class In, class Next>
class call_node : public linked<Next> {
 public:
  /// In front of what `next` makes.
  template <class MakeNext>
  call_node(runtime& where, Work work, MakeNext& next)
      : linked<Next>(next),
        runtime_(where),
        report_(where.report(Kind::name)),
        work_(std::move(work)) {}

  /// Works on it and passes on what comes of it.
  void push(item<In>&& element) {
    using argument = typename Kind::template argument<In>;
    ++report_.taken;
    // What is made may be a range that throws while its parts go on, and so may those behind. Where
    // the element is by then nobody knows: its duty is kept here.
    receipt duty = element.from;
    try {
      auto made = work_on(work_, static_cast<argument>(element.value));
      Kind::pass_on(this->next(), std::move(element), std::move(made));
    } catch (...) {
      give_up(std::move(duty), std::current_exception());
    }
  }

 private:
  void give_up(receipt from, const std::exception_ptr& why) {
    runtime_.failed(report_, why);
    this->fail(std::move(from), why);
  }

  runtime& runtime_;
  stage_report& report_;
  Work work_;
};

}  // namespace sluice::flow
