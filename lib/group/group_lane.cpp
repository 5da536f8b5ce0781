#include "group/group_lane.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t backlog_page = 100;

std::unique_ptr<watched_fence> fence_for(connection& link, const group_place& at,
                                         const group& membership) {
  if (!membership.keeps_leases()) return nullptr;
  const auto mark = lease_keeper::mark_of(membership);
  return std::make_unique<watched_fence>(link, at, membership.consumer(), mark);
}

std::string start_id(const start& from) {
  switch (from.what()) {
    case start::kind::latest:
      return "$";
    case start::kind::after:
      return from.id().to_string();
    default:
      return "0-0";
  }
}

}  // namespace

group_lane::group_lane(std::string stream, std::shared_ptr<const group> membership,
                       stream_intake& intake, client redis, const lane_settings& settings)
    : lane(std::move(stream), intake, std::move(redis), settings),
      membership_(std::move(membership)),
      acks_(
          link(), place(), membership_->consumer(), fence_for(link(), place(), *membership_),
          [this] { return shared_from_this(); },
          [this](const std::vector<std::string>& ids) {
            on_unsettled(ids, ownership::attempt::not_counted);
          }),
      stage_(stage::create),
      wants_backlog_(membership_->replay_pending() && !membership_->auto_acknowledge()),
      expects_strays_(wants_backlog_),
      leaving_(departures::shared(link(), place(), membership_->consumer())),
      retiring_(link()),
      isolation_(membership_->claim_timeout()) {
  if (!membership_->auto_create()) stage_ = after_group();
}

group_lane::stage group_lane::after_group() const noexcept {
  return wants_backlog_ ? stage::count : stage::live;
}

// Preparing.

lane::next_step group_lane::preparation(std::optional<command>& what) {
  switch (stage_) {
    case stage::create:
      what = create_command(start_id(*membership_->auto_create()));
      return next_step::send;
    case stage::inspect:
      what.emplace("XINFO");
      what->arg("STREAM").arg(name);
      return next_step::send;
    case stage::recreate:
      what = create_command(new_start_);
      return next_step::send;
    case stage::count: {
      begin_upkeep();
      const auto count = backlog_count();
      if (count == 0) return next_step::wait_for_demand;
      // What was acknowledged before is gone from the list when it is read; what is acknowledged
      // from now on may still stand in the reply.
      acks_.send();
      if (may_be_here_ == entry_id()) settled_meanwhile_.clear();
      watches_settled_ = true;
      what.emplace("XPENDING");
      what->arg(name, membership_->name(), '(' + backlog_cursor_, "+");
      what->arg(std::min(count, backlog_page), membership_->consumer());
      return next_step::send;
    }
    case stage::backlog:
      what.emplace("XREADGROUP");
      what->arg("GROUP").arg(membership_->name()).arg(membership_->consumer());
      what->arg("COUNT").arg(counts_.size());
      what->arg("STREAMS").arg(name).arg(backlog_cursor_);
      return next_step::send;
    case stage::live:
      begin_upkeep();
      break;
  }
  return next_step::live;
}

command group_lane::create_command(std::string_view start_id) const {
  command create("XGROUP");
  create.arg("CREATE").arg(name).arg(membership_->name()).arg(start_id).arg("MKSTREAM");
  return create;
}

bool group_lane::tolerates(const error& why) {
  switch (stage_) {
    case stage::create:
      if (why.code() == errc::group_exists) return true;
      // Where the group exists already, a user without the right to make one, and a server that
      // refuses all writes for lack of memory or disk, are no reason not to read. Where it does
      // not, that is told, and then looked at again: somebody else may make it.
      return !std::exchange(must_create_, false) &&
             (why.code() == errc::not_permitted || why.code() == errc::out_of_memory ||
              why.code() == errc::persistence_failed || why.code() == errc::too_few_replicas);
    case stage::recreate:
      return why.code() == errc::group_exists;
    case stage::inspect:
      return why.code() == errc::no_such_key;
    case stage::count:
      return why.code() == errc::not_permitted;
    default:
      return false;
  }
}

void group_lane::on_prepared(const resp::value& reply, const buffer_ref& bytes) {
  switch (stage_) {
    case stage::create:
      knows_group_ = !reply.is_error() || classify_server_error(reply.text()) == errc::group_exists;
      stage_ = after_group();
      break;
    case stage::inspect:
      choose_new_start(reply);
      stage_ = stage::recreate;
      break;
    case stage::recreate:
      if (!reply.is_error()) {
        link().emit(events::group_recreated{
            .stream = name, .group = membership_->name(), .start = new_start_});
      }
      look_out_for_what_is_here();
      stage_ = after_group();
      break;
    case stage::count:
      take_counts(reply);
      break;
    case stage::backlog:
      take_backlog(reply, bytes);
      break;
    case stage::live:
      break;
  }
}

void group_lane::choose_new_start(const resp::value& stream_info) {
  const auto done = known_to_be_done();
  const auto last = entry_id::parse(stream_info.find("last-generated-id").text());
  // A stream that was made anew, or restored from an older copy, may have entries below the ids of
  // the old one: then only the beginning loses nothing.
  const bool same_stream = last && *last >= done;
  const bool resume = membership_->on_loss() == group_loss::resume && same_stream;
  new_start_ = resume ? done.to_string() : "0-0";
}

// Everything below the oldest entry that is buffered, in somebody's hands or dropped unsettled has
// been settled here, or was left out from the beginning.
entry_id group_lane::known_to_be_done() const {
  const auto& first = membership_->auto_create();
  const bool leaves_out = first && first->what() == start::kind::after;
  auto done = handed_out_.value_or(leaves_out ? first->id() : entry_id());
  const auto lower = [&done](entry_id open) { done = std::min(done, open.previous()); };
  hands_.for_each_open(lower);
  if (!dropped_.empty()) lower(*dropped_.begin());
  for_each_buffered([&](const raw_entry& each, time_point) {
    if (const auto id = entry_id::parse(each.id)) lower(*id);
  });
  return done;
}

// The backlog.

// Reading an entry of the backlog counts as a delivery. Where counts matter, only those are read
// that somebody works on at once: entries that merely lay beside one that kills its readers would
// seem to have killed them, too.
std::size_t group_lane::backlog_count() const noexcept {
  const auto count = wanted_beside(0);
  return membership_->keeps_leases() ? std::min(count, demand()) : count;
}

// How often each was delivered, before reading counts as one more time. Entries that have been in
// the hands of two who died are read one at a time.
void group_lane::take_counts(const resp::value& reply) {
  counts_.clear();
  if (reply.is_error()) {
    // Who may not ask reads without knowing.
    counts_.resize(std::min(std::max<std::size_t>(backlog_count(), 1), backlog_page));
  }
  for (const auto& each : reply) {
    const auto count = each[3].integer().value_or(1);
    const bool suspect = membership_->keeps_leases() && count > 1;
    if (suspect && !counts_.empty()) break;
    counts_.push_back({std::string(each[0].text()), count});
    if (suspect) break;
  }
  stage_ = stage::backlog;
  if (counts_.empty()) end_backlog();
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
    redelivered_.insert(entry_id::parse(each.id).value_or(entry_id()));
    return false;
  });
  bury_hopeless(found);
  if (found.empty()) return;
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

void group_lane::sift(std::vector<raw_entry>& fresh) {
  knows_group_ = true;
  if (fresh.empty()) return;
  // New entries come in the order of their ids, behind all that are pending. Older ones mean that
  // the group was set back, or made again by another member before this one noticed the loss.
  if (entry_id::parse(fresh.front().id).value_or(entry_id()) <= newest_) {
    look_out_for_what_is_here();
  }
  newest_ = entry_id::parse(fresh.back().id).value_or(entry_id());
  if (may_be_here_ == entry_id()) return;
  const auto here = at_hand();
  std::erase_if(fresh, [&](const raw_entry& each) { return is_here(each, here); });
  if (!fresh.empty() && entry_id::parse(fresh.back().id).value_or(entry_id()) > may_be_here_) {
    may_be_here_ = entry_id();
    watches_settled_ = false;
    settled_meanwhile_.clear();
  }
}

// Its payload was deleted or trimmed while it was pending. Nobody can work on it any more; left
// pending it would come again with every restart.
void group_lane::skip_lost_payload(std::string_view id) {
  link().emit(events::payload_lost{.stream = name, .group = membership_->name(), .id = id});
  acks_.add(id);
}

// Live reading.

command group_lane::read_command(std::size_t count, std::chrono::milliseconds block) const {
  command read("XREADGROUP");
  read.arg("GROUP").arg(membership_->name()).arg(membership_->consumer());
  read.arg("COUNT").arg(count);
  if (block.count() > 0) read.arg("BLOCK").arg(block.count());
  if (membership_->auto_acknowledge()) read.arg("NOACK");
  read.arg("STREAMS").arg(name).arg(">");
  return read;
}

bool group_lane::mend(const error& why) {
  if (why.code() != errc::no_group && why.code() != errc::unblocked) return false;
  if (!membership_->auto_create()) return false;
  if (knows_group_) {
    if (membership_->on_loss() == group_loss::fail) return false;
    stage_ = stage::inspect;
    wants_backlog_ = false;
    watches_settled_ = true;
  } else {
    stage_ = stage::create;
    must_create_ = true;
  }
  step_back();
  return true;
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

void group_lane::on_read_lost(bool apart) {
  if (retired() || membership_->auto_acknowledge()) return;
  expects_strays_ = expects_strays_ || apart;
  if (!wants_backlog_) backlog_cursor_ = lost_since();
  backlog_grows_ = apart && (stage_ == stage::count || stage_ == stage::backlog);
  wants_backlog_ = true;
  if (stage_ != stage::live) return;
  stage_ = stage::count;
  step_back();
}

// Beating begins before the backlog is worked on: it is this member's, and it lives.
void group_lane::begin_upkeep() {
  if (!released_ && !membership_->auto_acknowledge()) {
    released_ = released_entries::shared(link(), place(), settings().source.recheck);
    released_->join(*this);
  }
  keep_leases();
}

void group_lane::keep_leases() {
  if (leases_ || !membership_->keeps_leases()) return;
  lease_holder& here = *this;
  leases_ = std::make_unique<lease_keeper>(link(), place(), *membership_, here);
  leases_->start();
}

void group_lane::on_live(bool apart) {
  if (!apart || !expects_strays_) return;
  // Whatever is handed out from now on has an id above all that this member has seen.
  strays_behind_ = newest_.to_string();
  call_back_in(stream_source::longest_block() + 500ms);
}

void group_lane::on_called_back() {
  expects_strays_ = false;
  if (retired()) return;
  backlog_cursor_ = strays_behind_;
  wants_backlog_ = true;
  stage_ = stage::count;
  step_back();
}

std::shared_ptr<stream_source> group_lane::find_source() {
  return stream_source::shared(link(), name, membership_->name(), settings().source);
}

}  // namespace sluice
