// When an entry that may bring its worker down is worked on.
#pragma once

#include "sluice/core/clock.hpp"

#include <cstdint>

namespace sluice {

/// An entry that has been in the hands of two who died is worked on while nothing else is: what was
/// beside it would die with it again, and be suspected as well. Others wait until it is settled,
/// and it waits until they are; neither for longer than `patience`, as somebody may settle what he
/// has only after he has got more.
class isolation {
 public:
  using time_point = clock::time_point;

  explicit isolation(clock::duration patience) : patience_(patience) {}

  /// Whether such an entry is there, to be handed out or in hand.
  bool active() const noexcept { return state_ != state::none; }
  /// Whether nothing may be handed out now.
  bool holds() const noexcept { return holds_; }
  /// The entry that is handed out next is such a one.
  void begin(bool others_in_hand, time_point now) noexcept {
    state_ = state::next;
    set(others_in_hand, now);
  }
  /// A delivery is handed out.
  void on_given(std::uint64_t number, time_point now) noexcept {
    if (state_ != state::next) return;
    state_ = state::in_hand;
    number_ = number;
    set(true, now);
  }
  /// A delivery was settled or dropped.
  void on_left(std::uint64_t number, bool none_in_hand) noexcept {
    if (state_ == state::next && none_in_hand) holds_ = false;
    if (state_ == state::in_hand && number_ == number) end();
  }
  void on_time(time_point now) noexcept {
    if (!holds_ || now - since_ < patience_) return;
    state_ == state::in_hand ? end() : set(false, now);
  }

 private:
  enum class state : unsigned char { none, next, in_hand };

  void set(bool holds, time_point now) noexcept {
    holds_ = holds;
    since_ = now;
  }
  void end() noexcept {
    state_ = state::none;
    holds_ = false;
  }

  clock::duration patience_;
  state state_ = state::none;
  bool holds_ = false;
  std::uint64_t number_ = 0;
  time_point since_{};
};

}  // namespace sluice
