#include "outbox/ledger.hpp"

#include <algorithm>

namespace sluice::outbox {
namespace {

using namespace std::chrono_literals;

// Rows grow old slowly; looking for old ones more often would only cost.
constexpr auto longest_between_purges = 60s;

}  // namespace

claim_request ledger::request(clock::time_point now, wall_time wall) {
  std::erase_if(resting_, [&](const auto& each) { return each.second <= now; });
  claim_request what;
  what.now = wall;
  what.limit = how_.batch();
  for (const auto& each : resting_) what.without.topics.push_back(each.first);
  what.without.ids = unreadable_;
  if (how_.purge_after().count() >= 0 && now >= next_purge_) {
    what.purge_before = wall - how_.purge_after();
    // Another session need not do the same meanwhile, and a failure is not repeated at once.
    next_purge_ = now + std::clamp<clock::duration>(how_.purge_after(), how_.poll_interval(),
                                                    longest_between_purges);
  }
  return what;
}

std::size_t ledger::note(const findings& found, clock::time_point now) {
  ++counts.looks;
  counts.purged += found.purged;
  if (found.purged == purge_limit) next_purge_ = now;  // there is more
  std::size_t fresh = 0;
  for (const auto id : found.unreadable) {
    // Another session may have come upon it at the same time.
    if (std::find(unreadable_.begin(), unreadable_.end(), id) != unreadable_.end()) continue;
    unreadable_.push_back(id);
    ++fresh;
  }
  counts.unreadable += fresh;
  return fresh;
}

clock::duration ledger::pause_after(const findings& found, clock::time_point now,
                                    wall_time wall) const {
  if (found.purged == purge_limit) return clock::duration::zero();
  clock::duration pause = how_.poll_interval();
  // A millisecond more, as tables hold no smaller parts.
  if (found.next_due) pause = std::min<clock::duration>(pause, *found.next_due - wall + 1ms);
  for (const auto& each : resting_) pause = std::min(pause, each.second - now);
  return std::max(pause, clock::duration::zero());
}

}  // namespace sluice::outbox
