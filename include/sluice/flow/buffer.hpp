// Stages at which elements wait: buffer, delay, rate_limit.
#pragma once

#include "sluice/flow/bounds.hpp"
#include "sluice/flow/paced_node.hpp"
#include "sluice/flow/stage.hpp"

#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>

namespace sluice::flow {

/// The stage of `buffer`, `delay` and `rate_limit`.
///
/// Thread rule: a value until its pipeline runs.
class paced_stage : public stage_base {
 public:
  template <class In>
  using output = In;

  /// With a line of so many; `name` is a literal.
  paced_stage(std::string_view name, std::size_t capacity, pace turn)
      : name_(name), capacity_(capacity), turn_(std::move(turn)) {}

  /// Its node.
  template <class In, class MakeNext>
  auto make(runtime& where, MakeNext next) && {
    return paced_node<In, decltype(next())>(where, name_, capacity_, std::move(turn_), next);
  }

 private:
  std::string_view name_;
  std::size_t capacity_;
  pace turn_;
};

/// Lets `capacity` elements, ≥ 1, wait where what follows is slower for a while.
///
/// Throws `error` with `errc::invalid_argument`.
paced_stage buffer(std::size_t capacity);
/// Passes on each element `time` after it came, > 0, in order. No more than `capacity`, ≥ 1, wait;
/// then the source stops, so that this bounds the rate as well.
///
/// Throws `error` with `errc::invalid_argument`.
paced_stage delay(std::chrono::nanoseconds time, std::size_t capacity = 1'000);
/// Passes on `count` elements, ≥ 1, in each `interval`, > 0, at most; evenly, but after a rest up
/// to `burst`, ≥ 1, at once.
///
/// Throws `error` with `errc::invalid_argument`.
paced_stage rate_limit(std::size_t count, std::chrono::nanoseconds interval, std::size_t burst = 1);

}  // namespace sluice::flow
