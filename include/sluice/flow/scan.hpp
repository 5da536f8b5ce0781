// Stages that remember: running results.
#pragma once

#include "sluice/flow/linked.hpp"
#include "sluice/flow/receipt.hpp"
#include "sluice/flow/runtime.hpp"
#include "sluice/flow/stage.hpp"

#include <concepts>
#include <exception>
#include <functional>
#include <optional>
#include <utility>

namespace sluice::flow {

/// Keeps the state of a `scan`.
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: that of the run.
template <class State, class Work, class In, class Next>
class scan_node : public linked<Next> {
 public:
  /// From this state on.
  template <class MakeNext>
  scan_node(runtime& where, State first, Work work, MakeNext& next)
      : linked<Next>(next),
        runtime_(where),
        report_(where.report("scan")),
        state_(std::move(first)),
        work_(std::move(work)) {}

  /// Passes on the next state. One that throws leaves the state as it was.
  void push(item<In>&& element) {
    ++report_.taken;
    std::optional<State> following;
    try {
      following.emplace(std::invoke(work_, std::as_const(state_), std::move(element.value)));
    } catch (...) {
      const auto why = std::current_exception();
      runtime_.failed(report_, why);
      return this->fail(std::move(element.from), why);
    }
    state_ = *std::move(following);
    this->next().push(item<State>{state_, std::move(element.from)});
  }

 private:
  runtime& runtime_;
  stage_report& report_;
  State state_;
  Work work_;
};

/// The stage of `scan`.
///
/// Thread rule: a value until its pipeline runs.
template <class State, class Work>
class scan_stage : public stage_base {
  template <class In>
  struct checked {
    static constexpr bool fits = std::is_invocable_r_v<State, Work&, const State&, In&&>;
    static_assert(fits,
                  "flow::scan: its function does not take the state and what the stage before it "
                  "gives, or does not give a state");
    using type = State;
  };

 public:
  template <class In>
  using output = typename checked<In>::type;

  /// From this state on.
  scan_stage(State first, Work work) : first_(std::move(first)), work_(std::move(work)) {}

  /// Its node.
  template <class In, class MakeNext>
  auto make(runtime& where, MakeNext next) && {
    return scan_node<State, Work, In, decltype(next())>(where, std::move(first_), std::move(work_),
                                                        next);
  }

 private:
  State first_;
  Work work_;
};

/// Passes on what becomes of a state with each element: `work(state, element)` gives the next
/// state, a copy of which goes on. The state begins anew with each run of a pipeline.
template <class State, class Work>
scan_stage<State, Work> scan(State first, Work work) {
  return {std::move(first), std::move(work)};
}

}  // namespace sluice::flow
