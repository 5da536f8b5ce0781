// When to ask what waits, and what follows from the answer.
#pragma once

#include "sluice/app/concurrency_policy.hpp"
#include "sluice/core/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace sluice {

/// Time and answers in, wishes out. It asks while messages are worked on, or more at once than the
/// fewest: elsewhere nothing waits, and nothing can be taken back.
class backlog_pace {
 public:
  using time_point = clock::time_point;

  explicit backlog_pace(concurrency_policy rule) : rule_(std::move(rule)), present_(rule_.at(0)) {}

  /// Whether to ask now; then an answer has to follow. `busy`: messages are worked on.
  bool asks(time_point now, bool busy) noexcept;
  /// What waits; empty where nobody could say. Gives the number of messages at once if it changes.
  std::optional<std::size_t> on_answer(std::optional<std::uint64_t> backlog, time_point now);
  /// When to ask at the latest; the end of time: when the next message comes.
  time_point alarm(bool busy) const noexcept;

 private:
  bool asleep(bool busy) const noexcept { return !busy && present_ == rule_.at(0); }

  concurrency_policy rule_;
  std::size_t present_;
  bool asking_ = false;
  time_point not_before_ = time_point::min();
};

}  // namespace sluice
