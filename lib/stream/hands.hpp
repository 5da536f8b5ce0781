// Which entries this process has handed out and not seen settled.
#pragma once

#include "sluice/core/entry_id.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace sluice {

/// Numbers deliveries and remembers the open ones. Settling is O(1); the memory is that of the span
/// from the oldest open delivery on.
class hands {
 public:
  /// A delivery goes out; its number is never 0.
  std::uint64_t give(entry_id id) {
    given_.push_back({id, true});
    return first_ + given_.size() - 1;
  }
  /// It came back.
  void settle(std::uint64_t number) noexcept {
    given_[static_cast<std::size_t>(number - first_)].open = false;
    while (!given_.empty() && !given_.front().open) {
      given_.pop_front();
      ++first_;
    }
  }
  template <class See>
  void for_each_open(See&& see) const {
    for (const auto& each : given_) {
      if (each.open) see(each.id);
    }
  }

 private:
  struct delivery_state {
    entry_id id;
    bool open;
  };

  std::deque<delivery_state> given_;
  std::uint64_t first_ = 1;
};

}  // namespace sluice
