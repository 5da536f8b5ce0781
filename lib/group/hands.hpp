// Which entries this process has handed out, and what became of them.
#pragma once

#include "sluice/core/entry_id.hpp"

#include <boost/container/deque.hpp>

#include <cstdint>
#include <optional>

namespace sluice {

/// Numbers deliveries and remembers the open ones, and of those after the oldest open one whether
/// they were settled. Settling is O(1); the memory is that of the span from the oldest open one on.
class hands {
 public:
  /// A delivery goes out; its number is never 0.
  std::uint64_t give(entry_id id) {
    given_.push_back({id, state::open});
    return first_ + given_.size() - 1;
  }
  /// It was worked on.
  void settle(std::uint64_t number) noexcept { leave(number, state::settled); }
  /// It was dropped unsettled; returns which entry it was.
  entry_id drop(std::uint64_t number) noexcept { return leave(number, state::dropped); }
  template <class See>
  void for_each_open(See&& see) const {
    for_each(state::open, see);
  }
  /// Those after the oldest open one.
  template <class See>
  void for_each_settled(See&& see) const {
    for_each(state::settled, see);
  }

 private:
  enum class state : unsigned char { open, settled, dropped };
  struct delivery_state {
    entry_id id;
    state now;
  };

  entry_id leave(std::uint64_t number, state how) noexcept {
    auto& which = given_[static_cast<std::size_t>(number - first_)];
    which.now = how;
    const auto id = which.id;
    while (!given_.empty() && given_.front().now != state::open) {
      given_.pop_front();
      ++first_;
    }
    return id;
  }
  template <class See>
  void for_each(state which, See& see) const {
    for (const auto& each : given_) {
      if (each.now == which) see(each.id);
    }
  }

  boost::container::deque<delivery_state> given_;
  std::uint64_t first_ = 1;
};

}  // namespace sluice
