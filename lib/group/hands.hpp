// Which entries this process has handed out, and what became of them.
#pragma once

#include "sluice/core/clock.hpp"
#include "sluice/core/entry_id.hpp"

#include <boost/container/deque.hpp>

#include <cstdint>
#include <optional>

namespace sluice {

/// Numbers deliveries and remembers the open ones, and of those after the oldest open one whether
/// they were settled. Settling is O(1); the memory is that of the span from the oldest open one on.
class hands {
 public:
  using time_point = clock::time_point;

  /// A delivery goes out; its number is never 0. `since` is when its lease began.
  std::uint64_t give(entry_id id, time_point since = {}) {
    given_.push_back({id, since, since, state::open});
    return first_ + given_.size() - 1;
  }
  /// It was worked on.
  void settle(std::uint64_t number) noexcept { leave(number, state::settled); }
  /// It was dropped unsettled; returns which entry it was.
  entry_id drop(std::uint64_t number) noexcept { return leave(number, state::dropped); }
  /// The entry belongs to somebody else now. Whoever holds the delivery still has to leave it.
  void lose(std::uint64_t number) noexcept { at(number).now = state::lost; }
  bool lost(std::uint64_t number) const noexcept { return at(number).now == state::lost; }
  bool is_open(std::uint64_t number) const noexcept {
    return number >= first_ && number - first_ < given_.size() && at(number).now == state::open;
  }
  /// When its lease was last renewed.
  time_point renewed(std::uint64_t number) const noexcept { return at(number).renewed; }
  void renew(std::uint64_t number, time_point when) noexcept { at(number).renewed = when; }
  /// Begins its whole lease anew.
  void extend(std::uint64_t number, time_point when) noexcept {
    at(number).since = at(number).renewed = when;
  }

  template <class See>
  void for_each_open(See&& see) const {
    for_each(state::open, see);
  }
  /// Those after the oldest open one.
  template <class See>
  void for_each_settled(See&& see) const {
    for_each(state::settled, see);
  }
  bool empty() const noexcept { return given_.empty(); }

  /// An open delivery, as somebody sees it who keeps its lease.
  struct lease {
    std::uint64_t number;
    entry_id id;
    time_point since;    // when the lease as a whole began
    time_point renewed;  // and when it was last renewed
  };
  template <class See>
  void for_each_lease(See&& see) const {
    auto number = first_;
    for (const auto& each : given_) {
      if (each.now == state::open) see(lease{number, each.id, each.since, each.renewed});
      ++number;
    }
  }

 private:
  enum class state : unsigned char { open, lost, settled, dropped };
  struct delivery_state {
    entry_id id;
    time_point since;
    time_point renewed;
    state now;
  };

  delivery_state& at(std::uint64_t number) noexcept {
    return given_[static_cast<std::size_t>(number - first_)];
  }
  const delivery_state& at(std::uint64_t number) const noexcept {
    return given_[static_cast<std::size_t>(number - first_)];
  }
  entry_id leave(std::uint64_t number, state how) noexcept {
    auto& which = at(number);
    which.now = how;
    const auto id = which.id;
    while (!given_.empty() && given_.front().now != state::open &&
           given_.front().now != state::lost) {
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
