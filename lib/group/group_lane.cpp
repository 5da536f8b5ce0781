#include "group/group_lane.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

using namespace std::chrono_literals;

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
      what->arg(count, membership_->consumer());
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

// Live reading.

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
