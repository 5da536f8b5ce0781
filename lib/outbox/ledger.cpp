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

std::vector<row_id> ledger::note(const claim& taken, clock::time_point now) {
  ++counts.looks;
  counts.purged += taken.purged();
  if (taken.purged() == purge_limit) next_purge_ = now;  // there is more
  std::vector<row_id> fresh;
  for (const auto id : taken.unreadable()) {
    if (std::find(unreadable_.begin(), unreadable_.end(), id) != unreadable_.end()) continue;
    unreadable_.push_back(id);
    fresh.push_back(id);
  }
  counts.unreadable += fresh.size();
  return fresh;
}

clock::duration ledger::pause_after(const claim& taken, wall_time wall) const {
  clock::duration pause = how_.poll_interval();
  if (taken.purged() == purge_limit) return clock::duration::zero();
  // A millisecond more, as tables hold no smaller parts.
  if (taken.next_due()) {
    pause = std::min<clock::duration>(pause, *taken.next_due() - wall + 1ms);
  }
  return std::max(pause, clock::duration::zero());
}

}  // namespace sluice::outbox
