// A stage that works on one element at a time by a function: the form of map, filter and others.
#pragma once

#include "sluice/flow/bench_node.hpp"
#include "sluice/flow/bounds.hpp"
#include "sluice/flow/call_node.hpp"
#include "sluice/flow/end_node.hpp"
#include "sluice/flow/retrying.hpp"
#include "sluice/flow/stage.hpp"
#include "sluice/flow/work.hpp"
#include "sluice/group/retry_policy.hpp"

#include <cstddef>
#include <type_traits>
#include <utility>

namespace sluice::flow {

/// `Kind` says what is done with the result. Setters give the stage back.
///
/// Thread rule: a value until its pipeline runs.
template <class Kind, class Work>
class transform : public std::conditional_t<Kind::last, sink_base, stage_base> {
 public:
  template <class In>
  using argument = typename Kind::template argument<In>;
  template <class In>
  using output = typename Kind::template output<In, Work>;

  /// By this function.
  explicit transform(Work work, bench_plan how = bench_plan())
      : work_(std::move(work)), plan_(how) {}

  /// How many elements a coroutine works on at once, ≥ 1; default 1. A plain function has one.
  ///
  /// Throws `error` with `errc::invalid_argument` for 0.
  transform concurrency(std::size_t elements) && {
    plan_.concurrency = at_least(1, elements, "concurrency");
    return std::move(*this);
  }
  /// Lets elements go on as soon as they are done, and overtake each other.
  transform unordered() && {
    plan_.ordered = false;
    return std::move(*this);
  }

  /// Tries again in its place what throws; the others go on beside it, as far as `concurrency` and
  /// the order allow. Only the last failure counts, and fails the element. The function is given
  /// its element by const reference. A plain one is called as a coroutine is.
  transform<Kind, retrying<Work>> retry(retry_policy policy) && {
    return transform<Kind, retrying<Work>>(retrying<Work>(std::move(work_), std::move(policy)),
                                           plan_);
  }

  /// Does not compile where the function cannot work on `In`.
  template <class In>
  static constexpr void check() {
    Kind::template check<In, Work>();
  }
  /// Its node.
  template <class In, class MakeNext>
  auto make(runtime& where, MakeNext next) && {
    if constexpr (requires { work_.join(where); }) work_.join(where);
    if constexpr (coroutine_work<Work, argument<In>>) {
      return bench_node<Kind, Work, In, decltype(next())>(where, std::move(work_), plan_, next);
    } else {
      return call_node<Kind, Work, In, decltype(next())>(where, std::move(work_), next);
    }
  }
  /// Its node as a sink.
  template <class In>
  auto make(runtime& where) && {
    return std::move(*this).template make<In>(where, [&where] { return end_node(where); });
  }

 private:
  Work work_;
  bench_plan plan_;
};

}  // namespace sluice::flow
