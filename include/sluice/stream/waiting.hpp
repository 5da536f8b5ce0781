// How long to wait for an entry, and what wakes the one who waits.
#pragma once

#include <chrono>

namespace sluice {

/// How long `get_entry` waits when the stream has nothing.
///
/// Thread rule: a trivial value.
class waiting {
 public:
  /// Until something comes, or the consumer is closed.
  static constexpr waiting for_ever() noexcept { return waiting(kind::for_ever, {}); }
  /// Up to a time, > 0. A plain duration converts to this.
  static constexpr waiting up_to(std::chrono::milliseconds limit) noexcept {
    return waiting(kind::limited, limit);
  }
  /// Only for the answer of the server: a loop drains what is there and ends.
  static constexpr waiting none() noexcept { return waiting(kind::none, {}); }
  /// See `up_to`. Parts of a millisecond count as a whole one.
  template <class Number, class Unit>
  constexpr waiting(std::chrono::duration<Number, Unit> limit) noexcept
      : waiting(kind::limited, std::chrono::ceil<std::chrono::milliseconds>(limit)) {}

  /// Whether only an entry or a close ends the wait.
  constexpr bool is_for_ever() const noexcept { return kind_ == kind::for_ever; }
  /// Whether only the server's answer is waited for.
  constexpr bool is_none() const noexcept { return kind_ == kind::none; }
  /// The longest wait, where it is limited.
  constexpr std::chrono::milliseconds limit() const noexcept { return limit_; }

 private:
  enum class kind : unsigned char { for_ever, limited, none };
  constexpr waiting(kind what, std::chrono::milliseconds limit) noexcept
      : kind_(what), limit_(limit) {}

  kind kind_;
  std::chrono::milliseconds limit_;
};

/// What wakes a reader. All have the same semantics; they differ in latency and cost.
enum class wake : unsigned char {
  automatic,  ///< `doorbell` where the server grants it, else `block`.
  doorbell,   ///< Pushes on the shared connection, and a slow poll as a net.
  block,      ///< Blocking reads on a connection of their own, one a stream.
  poll,       ///< Reads by the clock only.
};

}  // namespace sluice
