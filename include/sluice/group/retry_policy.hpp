// Whether, when and how often work that failed is tried again.
#pragma once

#include "sluice/core/thrown.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// Thrown by a handler that knows when it makes sense to try again.
///
/// Thread rule: a value.
class retry_after : public std::runtime_error {
 public:
  /// Not before `delay`, ≥ 0, has passed.
  explicit retry_after(std::chrono::milliseconds delay, const std::string& why = "try again later")
      : std::runtime_error(why), delay_(delay) {}
  /// How long not.
  std::chrono::milliseconds delay() const noexcept { return delay_; }

 private:
  std::chrono::milliseconds delay_;
};

/// Thrown by a handler that knows that trying again is of no use: the entry becomes a dead letter
/// with `what()` as its reason.
///
/// Thread rule: a value.
class give_up : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How often to try, and how long to wait in between. A value: the same policy for many workers.
///
/// @code
/// sluice::retry_policy::exponential(1s, 5min).attempts(8).give_up_on<std::invalid_argument>()
/// @endcode
///
/// Thread rule: a value; it is only read by those who use it.
class retry_policy {
 public:
  using milliseconds = std::chrono::milliseconds;

  /// The same pause, ≥ 0, after every attempt.
  static retry_policy fixed(milliseconds pause);
  /// `first` (> 0) after the first attempt, `factor` (≥ 1) times as much after each further one, at
  /// most `longest`.
  static retry_policy exponential(milliseconds first, milliseconds longest, double factor = 2.0);
  /// One attempt only.
  static retry_policy none();

  /// How often an entry is tried in all, ≥ 1, before it becomes a dead letter. Default 5. Attempts
  /// of members that died count.
  retry_policy& attempts(std::int64_t most);
  /// By how much of itself, from 0 to 1, a pause may be shorter at random, so that many entries
  /// that failed together do not all come back together. Default 0.2.
  retry_policy& jitter(double share);
  /// Errors of this type, and of types derived from it, are final: no further attempt.
  template <class Error>
  retry_policy& give_up_on() {
    return final_.push_back(thrown_is<Error>), *this;
  }
  /// Only errors of these types are worth another attempt; all others are final. May be called
  /// several times.
  template <class Error>
  retry_policy& only_for() {
    return worth_.push_back(thrown_is<Error>), *this;
  }

  /// How often in all.
  std::int64_t attempts() const noexcept { return attempts_; }
  /// How long to wait after attempt number `attempt` (≥ 1) ended with `failure`, in view of a
  /// number of chance; empty when the entry is to be given up.
  std::optional<milliseconds> next(std::int64_t attempt, const std::exception_ptr& failure,
                                   std::uint64_t chance) const;

 private:
  using test = bool (*)(const std::exception_ptr&);

  retry_policy(milliseconds first, milliseconds longest, double factor)
      : first_(first), longest_(longest), factor_(factor) {}

  bool is_final(const std::exception_ptr& failure) const;

  milliseconds first_;
  milliseconds longest_;
  double factor_;
  std::int64_t attempts_ = 5;
  double jitter_ = 0.2;
  std::vector<test> final_;
  std::vector<test> worth_;
};

}  // namespace sluice
