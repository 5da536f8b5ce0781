// Which channels a mailbox has to look at before it knows that there is nothing. Pure.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// A channel is looked at again when its bell has rung, or when it may have more. Which channels
/// there are has to be asked for at first, and whenever that may have changed.
class due_channels {
 public:
  bool any() const noexcept { return unknown_ || !some_.empty(); }
  /// Whether it has to be asked for which ones there are; then `set_all`.
  bool unknown() const noexcept { return unknown_; }
  void add_unknown() noexcept { unknown_ = true; }
  void set_all(std::set<std::string> channels) {
    unknown_ = false;
    some_ = std::move(channels);
  }
  void add(std::string channel) { some_.insert(std::move(channel)); }
  /// Takes up to `most` out, to look at them: all in turn, also where the first are always due.
  std::vector<std::string> take(std::size_t most) {
    std::vector<std::string> taken;
    while (taken.size() < most && !some_.empty()) {
      auto next = some_.upper_bound(last_);
      if (next == some_.end()) next = some_.begin();
      last_ = *next;
      taken.push_back(std::move(some_.extract(next).value()));
    }
    return taken;
  }
  /// What was taken and could not be looked at, but for the first `looked_at`. The rest comes next.
  void put_back(std::vector<std::string> taken, std::size_t looked_at = 0) {
    if (looked_at > 0) last_ = taken[looked_at - 1];
    for (std::size_t i = looked_at; i < taken.size(); ++i) some_.insert(std::move(taken[i]));
  }

 private:
  bool unknown_ = true;
  std::set<std::string> some_;
  std::string last_;  // that was taken
};

}  // namespace sluice
