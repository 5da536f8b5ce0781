// What a publisher remembers between batches: whom to leave alone, when to purge, and its counts.
#pragma once

#include "outbox/batch.hpp"

#include "sluice/core/clock.hpp"
#include "sluice/outbox/publisher_options.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace sluice::outbox {

/// Knows no clock and no database: times and findings are handed in.
class ledger {
 public:
  explicit ledger(const publisher_options& how) : how_(how) {}

  /// What the next batch is to be.
  claim_request request(clock::time_point now, wall_time wall);
  /// Takes a look's findings; gives how many rows were not known to be unreadable.
  std::size_t note(const findings& found, clock::time_point now);
  /// A topic is left alone for a while.
  void rest(const std::string& topic, clock::time_point until) { resting_[topic] = until; }
  /// How long to wait before the next look.
  clock::duration pause_after(const findings& found, clock::time_point now, wall_time wall) const;

  publisher_statistics counts;

 private:
  publisher_options how_;
  std::map<std::string, clock::time_point> resting_;
  std::vector<row_id> unreadable_;
  clock::time_point next_purge_{};
};

}  // namespace sluice::outbox
