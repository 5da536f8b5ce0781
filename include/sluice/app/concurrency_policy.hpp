// How many messages a listener works on at once, by how many wait.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace sluice {

/// How many messages a listener works on at once, by its backlog: how many messages wait for the
/// app. Each of the app's processes looks at the same backlog, and goes by it alone.
///
/// @code
/// billing.listen("charge", bill, listener_options().concurrency({{10, 2}, {20, 4}}));
/// @endcode
///
/// Thread rule: a value.
class concurrency_policy {
 public:
  /// Up to that backlog so many messages are worked on at once.
  ///
  /// Thread rule: a trivial value.
  struct step {
    std::uint64_t backlog = 0;
    std::size_t messages = 1;
  };

  /// Always as many, ≥ 1.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  explicit concurrency_policy(std::size_t messages = 1);
  /// The first step that reaches the backlog counts; beyond the last one, the last. With
  /// `{{10, 2}, {20, 4}}` two messages are worked on at once up to a backlog of 10, and four with
  /// any greater one.
  ///
  /// Throws `error` with `errc::invalid_argument` without any step, for backlogs that do not
  /// ascend, and for less than 1 message or more than 10,000.
  concurrency_policy(std::initializer_list<step> steps);
  /// The same of steps that are computed.
  ///
  /// Throws as above.
  explicit concurrency_policy(std::vector<step> steps);

  /// `least` messages while none waits, and one more for each `waiting` of the backlog or a part of
  /// them, up to `most`: with `range(2, 8)` three up to a backlog of 100, four up to 200.
  /// Streamback, which counts processes, has one more for each 1,000.
  ///
  /// Throws `error` with `errc::invalid_argument` unless 1 ≤ `least` ≤ `most` ≤ 10,000 and
  /// `waiting` ≥ 1.
  static concurrency_policy range(std::size_t least, std::size_t most, std::uint64_t waiting = 100);

  /// The least time between two changes, > 0, and between two looks at the backlog. Default 1 s.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  concurrency_policy& change_every(std::chrono::milliseconds interval);

  /// How many with that backlog.
  std::size_t at(std::uint64_t backlog) const noexcept;
  /// Whether it depends on the backlog at all.
  bool varies() const noexcept;
  std::chrono::milliseconds change_every() const noexcept { return interval_; }

  /// For two listeners that share their messages: with each backlog the greater number, and the
  /// longer time between changes.
  concurrency_policy joined_with(const concurrency_policy& other) const;

 private:
  std::vector<step> steps_;  // never empty; backlogs ascend
  std::chrono::milliseconds interval_{1'000};
};

}  // namespace sluice
