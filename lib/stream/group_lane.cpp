#include "stream/group_lane.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

constexpr std::size_t backlog_page = 100;

std::string start_id(const start& from) {
  switch (from.what()) {
    case start::kind::latest: return "$";
    case start::kind::after: return from.id().to_string();
    default: return "0-0";
  }
}

}  // namespace

group_lane::group_lane(std::string stream, std::shared_ptr<const group> membership,
                       stream_intake& intake, client redis, const lane_settings& settings)
    : lane(std::move(stream), intake, std::move(redis), settings),
      membership_(std::move(membership)),
      acks_(link(), name, membership_->name(), [this] { return shared_from_this(); }),
      stage_(stage::create),
      wants_backlog_(membership_->start_from_backlog() && !membership_->auto_acknowledge()) {
  if (!membership_->auto_create()) stage_ = after_group();
}

group_lane::stage group_lane::after_group() const noexcept {
  return wants_backlog_ ? stage::backlog : stage::live;
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
    case stage::recreate: what = create_command(new_start_); return next_step::send;
    case stage::backlog: {
      const auto count = wanted();
      if (count == 0) return next_step::wait_for_demand;
      what.emplace("XREADGROUP");
      what->arg("GROUP").arg(membership_->name()).arg(membership_->consumer());
      what->arg("COUNT").arg(std::min(count, backlog_page));
      what->arg("STREAMS").arg(name).arg(backlog_cursor_);
      return next_step::send;
    }
    case stage::live: break;
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
      // Where the group exists already, a user without the right to make one, and a server that
      // refuses all writes for lack of memory or disk, are no reason not to read.
      return why.code() == errc::group_exists || why.code() == errc::not_permitted ||
             why.code() == errc::out_of_memory || why.code() == errc::persistence_failed ||
             why.code() == errc::too_few_replicas;
    case stage::recreate: return why.code() == errc::group_exists;
    case stage::inspect: return why.code() == errc::no_such_key;
    default: return false;
  }
}

void group_lane::on_prepared(const resp::value& reply, const buffer_ref& bytes) {
  switch (stage_) {
    case stage::create: stage_ = after_group(); break;
    case stage::inspect:
      choose_new_start(reply);
      stage_ = stage::recreate;
      break;
    case stage::recreate:
      if (!reply.is_error()) {
        link().emit(events::group_recreated{
            .stream = name, .group = membership_->name(), .start = new_start_});
      }
      for (const auto& id : at_hand()) may_be_at_hand_ = std::max(may_be_at_hand_, id);
      stage_ = after_group();
      break;
    case stage::backlog: take_backlog(reply, bytes); break;
    case stage::live: break;
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

// Everything below the oldest entry that is buffered or in somebody's hands has been settled here.
entry_id group_lane::known_to_be_done() const {
  auto done = handed_out_.value_or(entry_id());
  const auto lower = [&done](entry_id open) { done = std::min(done, open.previous()); };
  hands_.for_each_open(lower);
  for_each_buffered([&](const raw_entry& each) {
    if (const auto id = entry_id::parse(each.id)) lower(*id);
  });
  return done;
}

// The backlog.

void group_lane::take_backlog(const resp::value& reply, const buffer_ref& bytes) {
  std::vector<raw_entry> found;
  decode_stream_reply(reply, found);
  if (found.empty()) {
    wants_backlog_ = false;
    backlog_cursor_ = "0-0";
    stage_ = stage::live;
    return;
  }
  backlog_cursor_ = std::string(found.back().id);
  const auto here = at_hand();
  std::erase_if(found, [&](const raw_entry& each) {
    if (each.values == nullptr) return skip_lost_payload(each.id), true;
    const auto id = entry_id::parse(each.id).value_or(entry_id());
    if (here.contains(id)) return true;
    redelivered_.insert(id);
    return false;
  });
  if (!found.empty()) buffer(found, bytes);
}

std::set<entry_id> group_lane::at_hand() const {
  std::set<entry_id> here;
  hands_.for_each_open([&](entry_id id) { here.insert(id); });
  for_each_buffered([&](const raw_entry& each) {
    here.insert(entry_id::parse(each.id).value_or(entry_id()));
  });
  return here;
}

// A group that was made again gives out anew what is buffered or being worked on here. Whoever has
// it will settle it; handing it out twice would do the work twice.
void group_lane::sift(std::vector<raw_entry>& fresh) {
  if (may_be_at_hand_ == entry_id()) return;
  const auto here = at_hand();
  std::erase_if(fresh, [&](const raw_entry& each) {
    return here.contains(entry_id::parse(each.id).value_or(entry_id()));
  });
  if (!fresh.empty() &&
      entry_id::parse(fresh.back().id).value_or(entry_id()) > may_be_at_hand_) {
    may_be_at_hand_ = entry_id();
  }
}

// Its payload was deleted or trimmed while it was pending. Nobody can work on it any more; left
// pending it would come again with every restart.
void group_lane::skip_lost_payload(std::string_view id) {
  link().emit(events::payload_lost{.stream = name, .group = membership_->name(), .id = id});
  acknowledge(id);
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
  if (!membership_->auto_create() || membership_->on_loss() == group_loss::fail) return false;
  stage_ = stage::inspect;
  wants_backlog_ = false;
  step_back();
  return true;
}

void group_lane::on_read_lost() {
  if (membership_->auto_acknowledge()) return;
  wants_backlog_ = true;
  if (stage_ == stage::live) stage_ = stage::backlog;
  step_back();
}

std::shared_ptr<stream_source> group_lane::find_source() {
  return stream_source::shared(link(), name, membership_->name(), settings().source);
}

delivery group_lane::take_item() {
  buffer_ref bytes;
  const auto raw = take(bytes);
  const auto id = entry_id::parse(raw.id).value_or(entry_id());
  if (!handed_out_ || id > *handed_out_) handed_out_ = id;
  const bool again = !redelivered_.empty() && redelivered_.erase(id) > 0;
  const auto number = membership_->auto_acknowledge() ? 0 : hands_.give(id);
  return delivery(shared_from_this(), std::move(bytes), raw.id, raw.values, number,
                  again || raw.delivery_count > 0, raw.delivery_count);
}

}  // namespace sluice
