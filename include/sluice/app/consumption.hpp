// One listener at one message, as an extension sees it.
#pragma once

#include "sluice/app/request.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sluice {

/// What a listener has made of a message.
enum class listener_outcome : std::uint8_t {
  running,    ///< It is at it.
  handled,    ///< It is done.
  failed,     ///< It has failed for good, after its retries.
  cut_short,  ///< Nobody wants it done any more, or another process will do it.
};

/// A listener's work at a message, with all its attempts.
///
/// Thread rule: used on the client's executor.
/// Lifetime: a view, valid during the call that it is handed to.
class consumption {
 public:
  /// Made by apps.
  consumption(const request& message, std::size_t listener)
      : message_(message), listener_(listener) {}

  /// The message; it says by which topic it came, and which attempt was the last.
  const request& message() const noexcept { return message_; }
  /// Which of the topic's listeners it is, from 0, in the order of `app::listen`.
  std::size_t listener() const noexcept { return listener_; }
  /// What came of it so far.
  listener_outcome outcome() const noexcept { return outcome_; }
  /// How long the listener has had it, with the pauses between attempts; 0 at the beginning.
  std::chrono::microseconds taken() const noexcept { return taken_; }

  /// Called by apps.
  void end(listener_outcome how, std::chrono::microseconds taken) noexcept {
    outcome_ = how;
    taken_ = taken;
  }

 private:
  const request& message_;
  std::size_t listener_;
  listener_outcome outcome_ = listener_outcome::running;
  std::chrono::microseconds taken_{0};
};

}  // namespace sluice
