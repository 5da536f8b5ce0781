// When an element that may bring its process down is taken.
#pragma once

#include "sluice/core/clock.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>

namespace sluice {

/// An element of which processes died, as it seems, is taken while nothing else is in hand of its
/// taker's lists, and nothing else beside it: whatever a dead process held is a suspect. Others
/// wait until it is settled, and it waits until they are; neither for longer than `patience`, as
/// somebody may settle what he has only after he has got more. Then nobody waits any more until
/// something is settled. Pure.
class list_isolation {
 public:
  using time_point = clock::time_point;
  enum class suspect : unsigned char { none, comes_next, taken };

  explicit list_isolation(clock::duration patience) : patience_(patience) {}

  /// Called when something may be taken again.
  void when_free(std::function<void()> tell) { tell_ = std::move(tell); }

  /// Whether nothing may be taken now.
  bool holds(time_point now) const noexcept { return waits() && now - since_ < patience_; }
  /// Whether a suspect may be taken now.
  bool may_take_suspect(time_point now) const noexcept {
    return in_hand_ == 0 || impatient_ || (waits() && !holds(now));
  }
  /// What came of one of the lists.
  void took(const void* list, std::size_t elements, suspect what, time_point now) noexcept {
    in_hand_ += elements;
    if (what == suspect::none && whose_ != list) return;
    const bool waited = std::exchange(what_, what) == suspect::comes_next && whose_ == list;
    whose_ = list;
    if (what == suspect::taken || !waited) since_ = now;
  }
  void settled(std::size_t elements) {
    in_hand_ -= std::min(in_hand_, elements);
    impatient_ = false;
    if (what_ == suspect::none || in_hand_ > 0) return;
    if (what_ == suspect::taken) what_ = suspect::none;
    tell();
  }
  /// Time has passed.
  void look(time_point now) {
    if (!waits() || holds(now)) return;
    impatient_ = true;
    tell();
  }

 private:
  bool waits() const noexcept { return what_ != suspect::none && in_hand_ > 0 && !impatient_; }
  void tell() const {
    if (tell_) tell_();
  }

  clock::duration patience_;
  std::function<void()> tell_;
  std::size_t in_hand_ = 0;
  suspect what_ = suspect::none;
  const void* whose_ = nullptr;  // the list that had it
  bool impatient_ = false;
  time_point since_{};
};

}  // namespace sluice
