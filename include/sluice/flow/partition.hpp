// Stages that gather elements: batches, and windows.
#pragma once

#include "sluice/core/clock.hpp"
#include "sluice/flow/bounds.hpp"
#include "sluice/flow/linked.hpp"
#include "sluice/flow/receipt.hpp"
#include "sluice/flow/runtime.hpp"
#include "sluice/flow/stage.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::flow {

/// When a batch is complete: by count, or by time.
///
/// Thread rule: a trivial value.
struct batch_plan {
  std::size_t count = 0;                    ///< 0: by time only.
  std::optional<clock::duration> patience;  ///< From the first element on; empty: by count only.
};

/// Gathers elements into batches.
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: that of the run.
template <class In, class Next>
class partition_node : public linked<Next> {
 public:
  /// By this plan.
  template <class MakeNext>
  partition_node(runtime& where, batch_plan how, MakeNext& next)
      : linked<Next>(next), runtime_(where), report_(where.report("partition")), how_(how) {
    if (how_.patience) alarm_ = where.time().make_alarm(where.executor());
  }

  /// Puts it into the batch, which leaves when it is complete.
  void push(item<In>&& element) {
    ++report_.taken;
    if (values_.empty()) begin();
    values_.push_back(std::move(element.value));
    receipts_.push_back(std::move(element.from));
    if (values_.size() == how_.count) leave();
  }
  /// Nothing comes any more: what there is leaves.
  void finish() {
    leave();
    linked<Next>::finish();
  }

 private:
  // Who says a very large number may mean "by time alone".
  static constexpr std::size_t reserved_at_most = 1'024;

  void begin() {
    values_.reserve(std::min(how_.count, reserved_at_most));
    if (alarm_) alarm_->set(runtime_.time().now() + *how_.patience, [this] { leave(); });
  }
  void leave() {
    if (values_.empty()) return;
    if (alarm_) alarm_->cancel();
    auto values = std::exchange(values_, {});
    auto receipts = std::exchange(receipts_, {});
    this->next().push(
        item<std::vector<In>>{std::move(values), receipt::of_all(std::move(receipts))});
  }

  runtime& runtime_;
  stage_report& report_;
  batch_plan how_;
  std::unique_ptr<clock::alarm> alarm_;
  std::vector<In> values_;
  std::vector<receipt> receipts_;
};

/// The stage of `partition`.
///
/// Thread rule: a trivial value.
class partition_stage : public stage_base {
 public:
  template <class In>
  using output = std::vector<In>;

  /// By this plan.
  explicit partition_stage(batch_plan how) noexcept : how_(how) {}

  /// Its node.
  template <class In, class MakeNext>
  auto make(runtime& where, MakeNext next) && {
    return partition_node<In, decltype(next())>(where, how_, next);
  }

 private:
  batch_plan how_;
};

/// Passes on batches of `count` elements, ≥ 1, as vectors. A batch that is not complete leaves
/// `patience` after its first element came, or when the source ends. What was gathered is done with
/// when its batch is.
///
/// Throws `error` with `errc::invalid_argument`.
inline partition_stage partition(std::size_t count, std::chrono::nanoseconds patience) {
  return partition_stage({at_least(1, count, "the elements of a batch"),
                          positive(patience, "the patience of a batch")});
}
/// The same where batches wait until they are complete.
///
/// Throws `error` with `errc::invalid_argument`.
inline partition_stage partition(std::size_t count) {
  return partition_stage({at_least(1, count, "the elements of a batch"), std::nullopt});
}
/// Passes on, as a vector, what came within `length` of the first element of it; however many these
/// are. Nothing is passed on where nothing came.
///
/// Throws `error` with `errc::invalid_argument`.
inline partition_stage timed_window(std::chrono::nanoseconds length) {
  return partition_stage({0, positive(length, "the length of a window")});
}

/// Keeps the last elements.
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: that of the run.
template <class In, class Next>
class window_node : public linked<Next> {
 public:
  /// Of so many elements.
  template <class MakeNext>
  window_node(runtime& where, std::size_t count, MakeNext& next)
      : linked<Next>(next), report_(where.report("sliding_window")), count_(count) {}

  /// Passes on the window that it completes.
  void push(item<In>&& element) {
    ++report_.taken;
    if (values_.size() == count_) values_.erase(values_.begin());
    values_.push_back(std::move(element.value));
    early_.push_back(std::move(element.from));
    if (values_.size() < count_) return;
    auto receipts = std::exchange(early_, {});
    this->next().push(item<std::vector<In>>{values_, receipt::of_all(std::move(receipts))});
  }

 private:
  stage_report& report_;
  std::size_t count_;
  std::vector<In> values_;
  std::vector<receipt> early_;  // of elements that no window has had yet
};

/// The stage of `sliding_window`.
///
/// Thread rule: a trivial value.
class window_stage : public stage_base {
 public:
  template <class In>
  using output = std::vector<In>;

  /// Of so many elements.
  explicit window_stage(std::size_t count) noexcept : count_(count) {}

  /// Its node.
  template <class In, class MakeNext>
  auto make(runtime& where, MakeNext next) && {
    return window_node<In, decltype(next())>(where, count_, next);
  }

 private:
  std::size_t count_;
};

/// Passes on the last `count` elements, ≥ 1, with each one that comes, once there are so many. An
/// element is done with when the first window that has it is.
///
/// Throws `error` with `errc::invalid_argument`.
inline window_stage sliding_window(std::size_t count) {
  return window_stage(at_least(1, count, "the elements of a window"));
}

}  // namespace sluice::flow
