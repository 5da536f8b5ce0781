// What of a partition is in hand, and up to where everything is done with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace sluice::kafka {

/// Messages may be settled in any order; only the part before the first that is not may be
/// committed. Offsets rise but need not be next to each other. Pure.
class offset_ledger {
 public:
  /// Offsets are handed out in rising order.
  void hand_out(std::int64_t offset);
  void settle(std::int64_t offset);

  /// What to commit: the first offset that is not done with. Empty before anything was handed out.
  std::optional<std::int64_t> done_before() const noexcept { return next_; }
  /// Whether the message at that offset has been handed out.
  bool has_hand_on_it() const noexcept { return !open_.empty(); }
  /// How many were handed out since the first that is not done with.
  std::size_t span() const noexcept { return open_.size(); }

 private:
  struct line {
    std::int64_t offset = 0;
    bool settled = false;
  };

  std::deque<line> open_;
  std::optional<std::int64_t> next_;
};

}  // namespace sluice::kafka
