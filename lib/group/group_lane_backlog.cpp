// What is pending under a member's name when it begins, and again when a reply was lost.
#include "group/group_lane.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

constexpr std::size_t backlog_page = 100;

}  // namespace

// Reading an entry of the backlog counts as a delivery. Where counts matter, only those are read
// that somebody works on at once: entries that merely lay beside one that kills its readers would
// seem to have killed them, too.
std::size_t group_lane::backlog_count() const noexcept {
  const auto count = std::min(wanted_beside(0), backlog_page);
  return membership_->keeps_leases() ? std::min(count, demand()) : count;
}

// How often each was delivered, before reading counts as one more time. Entries that have been in
// the hands of two who died are read one at a time.
void group_lane::take_counts(const resp::value& reply) {
  counts_.clear();
  if (reply.is_error()) {
    // Who may not ask reads without knowing.
    counts_.resize(std::max<std::size_t>(backlog_count(), 1));
  }
  for (const auto& each : reply) {
    const auto count = each[3].integer().value_or(1);
    const bool suspect = membership_->keeps_leases() && count > 1;
    if (suspect && !counts_.empty()) break;
    counts_.push_back({std::string(each[0].text()), count});
    if (suspect) break;
  }
  stage_ = stage::backlog;
  if (counts_.empty()) return end_backlog();
  // What was taken from the released since then has been counted where it was taken.
  const auto first = entry_id::parse(counts_.front().id);
  if (first) backlog_cursor_ = first->previous().to_string();
}

void group_lane::end_backlog() {
  if (std::exchange(taking_lost_, false)) {
    backlog_cursor_ = "0-0";
    stage_ = stage::count;
    return;
  }
  if (std::exchange(backlog_grows_, false)) {
    backlog_cursor_ = lost_since();
    stage_ = stage::count;
    return;
  }
  wants_backlog_ = false;
  backlog_cursor_ = "0-0";
  stage_ = stage::live;
  watches_settled_ = may_be_here_ != entry_id();
}

void group_lane::take_backlog(const resp::value& reply, const buffer_ref& bytes) {
  std::vector<raw_entry> found;
  decode_stream_reply(reply, found);
  stage_ = stage::count;
  const bool counted = !counts_.front().id.empty();
  if (found.empty()) {
    // Acknowledged or claimed between the two commands, unless the first told nothing.
    if (!counted) end_backlog();
    return;
  }
  if (counted) {
    count(found);
  } else {
    for (auto& each : found) each.delivery_count = -1;
    backlog_cursor_ = std::string(found.back().id);
  }
  newest_ = std::max(newest_, entry_id::parse(backlog_cursor_).value_or(entry_id()));
  const bool suspect =
      !found.empty() && membership_->keeps_leases() && found.front().delivery_count > 1;
  const auto here = at_hand();
  std::erase_if(found, [&](const raw_entry& each) {
    if (is_here(each, here) || is_leaving(each.id)) return true;
    if (each.values == nullptr) return skip_lost_payload(each.id), true;
    return false;
  });
  // Whoever was told of a lost payload may have closed the consumer.
  if (retired()) return on_too_late(found);
  bury_hopeless(found);
  if (found.empty()) return;
  for (const auto& each : found) {
    redelivered_.insert(entry_id::parse(each.id).value_or(entry_id()));
  }
  if (!suspect) return buffer(found, bytes);
  isolate();
  buffer_ahead(found, bytes);
}

// Where some went meanwhile, the page reaches behind what was counted: that comes with the next.
// Where some came, which were taken from the released set and are handed out by that answer, it may
// be full before it reaches all that was counted.
void group_lane::count(std::vector<raw_entry>& page) {
  const auto reached = entry_id::parse(page.back().id).value_or(entry_id());
  const auto counted = entry_id::parse(counts_.back().id).value_or(entry_id());
  const bool cut_short = page.size() >= counts_.size() && reached < counted;
  backlog_cursor_ = cut_short ? reached.to_string() : counts_.back().id;
  std::erase_if(page, [this](raw_entry& each) {
    const auto known = std::find_if(counts_.begin(), counts_.end(),
                                    [&each](const counted_entry& of) { return of.id == each.id; });
    if (known == counts_.end()) return true;
    each.delivery_count = known->deliveries;
    return false;
  });
}

std::set<entry_id> group_lane::at_hand() const {
  std::set<entry_id> here;
  hands_.for_each_open([&](entry_id id) { here.insert(id); });
  for_each_buffered([&](const raw_entry& each, time_point) {
    here.insert(entry_id::parse(each.id).value_or(entry_id()));
  });
  return here;
}

// Whether an entry that comes again is buffered, in somebody's hands, or settled here since it was
// asked for. Whoever has it will settle it; handing it out twice would do the work twice.
bool group_lane::is_here(const raw_entry& again, const std::set<entry_id>& at_hand) {
  const auto id = entry_id::parse(again.id).value_or(entry_id());
  if (at_hand.contains(id)) return true;
  if (!settled_meanwhile_.contains(id)) return false;
  // A group that was made again did not know it yet when it was acknowledged.
  if (may_be_here_ != entry_id()) acks_.add(again.id);
  return true;
}

// Whether a step is under way that settles it or gives it back: where the page of the backlog was
// read before that, its answer comes first as well.
bool group_lane::is_leaving(std::string_view id) const {
  return leaving_->contains(id) || unsettled_.contains(id);
}

// A group that was made again gives out anew what this process has, and what it settled since the
// oldest of that.
void group_lane::look_out_for_what_is_here() {
  const auto see = [this](entry_id id) { may_be_here_ = std::max(may_be_here_, id); };
  hands_.for_each_settled([this](entry_id id) { settled_meanwhile_.insert(id); });
  for (const auto id : at_hand()) see(id);
  for (const auto id : settled_meanwhile_) see(id);
  watches_settled_ = may_be_here_ != entry_id();
}

// Its payload was deleted or trimmed while it was pending. Nobody can work on it any more; left
// pending it would come again with every restart.
void group_lane::skip_lost_payload(std::string_view id) {
  link().emit(events::payload_lost{.stream = name, .group = membership_->name(), .id = id});
  acks_.add(id);
}

// Where to read the pending entries again from. Of old ones that were not asked for, none is read.
std::string group_lane::lost_since() const {
  if (membership_->replay_pending() || may_be_here_ != entry_id()) return "0-0";
  auto newest = handed_out_.value_or(entry_id());
  for_each_buffered([&](const raw_entry& each, time_point) {
    newest = std::max(newest, entry_id::parse(each.id).value_or(entry_id()));
  });
  return newest.to_string();
}

}  // namespace sluice
