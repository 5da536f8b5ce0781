#include "stream/lane.hpp"

#include "redis/call.hpp"
#include "stream/stream_intake.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

using namespace std::chrono_literals;

// A person is needed, or the caller has to decide; waiting longer mends nothing.
bool concerns_caller(const error& why) {
  return why.code() != condition::retryable && why.code() != errc::outcome_unknown;
}

}  // namespace

lane::lane(std::string stream, stream_intake& intake, client redis, const lane_settings& settings)
    : stream_origin(std::move(stream)),
      intake_(&intake),
      redis_(std::move(redis)),
      settings_(settings) {
  // What is asked for has to fit into one reply, with its frames.
  const auto most = link().options().limits().max_reply / 2;
  settings_.prefetch_bytes = std::min(settings_.prefetch_bytes, most);
}

lane::~lane() { link().cancel_timer(*this); }

void lane::retire() {
  intake_ = nullptr;
  link().cancel_timer(*this);
  if (live_) source_->leave(*this);
  live_ = false;
  ahead_.clear();
  entries_.clear();
  pages_.clear();
  next_ = page_ = bytes_ = 0;
}

// Preparing.

void lane::prepare() {
  if (retired() || busy_ || live_ || waits_for_time()) return;
  std::optional<command> what;
  switch (preparation(what)) {
    case next_step::live:
      return go_live();
    case next_step::wait_for_demand:
      return;
    case next_step::send:
      break;
  }
  busy_ = shared_from_this();
  const auto frame = what->frame();
  const auto when_cut = brings_many() ? risk::once : risk::repeatable;
  link().submit({.frames = frame, .replies = 1, .when_cut = when_cut}, *this);
}

void lane::on_reply(const resp::value& value, const buffer_ref& bytes) {
  const auto self = std::exchange(busy_, nullptr);
  if (retired()) return;
  if (value.is_error()) {
    const auto why = server_error(value, "reading");
    if (!tolerates(why)) {
      if (!mend(why)) retry_later(why);
      return;
    }
  }
  try {
    on_prepared(value, bytes);
  } catch (const error& malformed) {
    return retry_later(malformed);
  }
  prepare();
}

void lane::on_failure(const error& why) {
  const auto self = std::exchange(busy_, nullptr);
  if (retired()) return;
  if (why.code() == errc::closed) return report(why);
  if (why.code() == errc::reply_too_large || why.code() == errc::outcome_unknown) {
    ask_for_one();
    if (brings_many()) {
      bring_fewer();
      return prepare();
    }
  }
  retry_later(why);
}

void lane::retry_later(const error& why) {
  report(why);
  const auto doublings = std::min<std::uint32_t>(failures_++, 7);
  const auto pause = 50ms * (1 << doublings);
  if (link().has_event_handler()) {
    link().emit(events::read_failed{.stream = name,
                                    .group = group_name(),
                                    .reason = why.code(),
                                    .text = why.what(),
                                    .pause = pause});
  }
  link().set_timer(*this, link().now() + pause);
}

void lane::go_live() {
  live_ = true;
  if (!source_) source_ = find_source();
  source_->join(*this);
  if (!live_) return;
  on_live(source_->reads_apart());
  if (std::exchange(wants_check_, false)) check();
}

void lane::on_time() {
  if (!live_) return prepare();
  called_back_ = true;
  on_read_done();
}

void lane::on_read_done() {
  if (!live_ || under_way_ > 0 || !std::exchange(called_back_, false)) return;
  on_called_back();
}

void lane::step_back() {
  if (live_) source_->leave(*this);
  live_ = called_back_ = false;
  link().cancel_timer(*this);
  if (retired()) return;
  // At once the first time; a group that vanishes again and again must not become a busy loop.
  if (failures_++ == 0) return prepare();
  const auto doublings = std::min<std::uint32_t>(failures_, 7);
  link().set_timer(*this, link().now() + 50ms * (1 << doublings));
}

void lane::report(const error& why) {
  if (retired() || !concerns_caller(why)) return;
  // One that waits with "not at all" must not wait for a stream that cannot be read.
  mark_drained();
  if (std::exchange(reported_, true)) return;
  intake_->on_stream_error(
      error(why.code(), diagnostics(why.why()).stream(name).group(std::string(group_name()))));
}

// Wanting.

void lane::feed() {
  on_wanted();
  live_ ? source_->want(*this) : prepare();
}

std::size_t lane::wanted_beside(std::size_t under_way) const noexcept {
  if (retired() || held_by_ != 0) return 0;
  const auto to_come = entries_at_hand() + under_way;
  const auto goal = std::max(settings_.prefetch, intake_->demand());
  // Half of the prefetch is worked on while the other half is asked for.
  if (goal == 0 || to_come > goal / 2 || (to_come > 0 && goal == 1)) return 0;
  const auto bytes_to_come = bytes_ + under_way * average_bytes_;
  if (to_come > 0 && bytes_to_come > settings_.prefetch_bytes / 2) return 0;
  return fitting(goal - to_come, bytes_to_come);
}

std::size_t lane::fitting(std::size_t entries, std::size_t bytes_to_come) const noexcept {
  if (average_bytes_ == 0) return entries;
  const auto room = settings_.prefetch_bytes - std::min(bytes_to_come, settings_.prefetch_bytes);
  return std::min(entries, std::max<std::size_t>(room / average_bytes_, 1));
}

void lane::check() {
  drained_ = false;
  if (!live_) {
    wants_check_ = true;
    return prepare();
  }
  source_->want(*this);
  drained_by_ = source_->check();
}

void lane::on_empty_look(std::uint64_t look) {
  failures_ = 0;
  if (look >= drained_by_) mark_drained();
}

void lane::mark_drained() {
  if (std::exchange(drained_, true) || retired()) return;
  intake_->on_drained();
}

// Receiving.

std::size_t lane::accept(const resp::value& reply, const buffer_ref& bytes) {
  std::vector<raw_entry> fresh;
  decode_stream_reply(reply, fresh);
  failures_ = 0;
  reported_ = false;
  const auto count = fresh.size();
  sift(fresh);
  if (fresh.empty()) return count;
  retired() ? on_too_late(fresh) : buffer(fresh, bytes);
  return count;
}

void lane::buffer(const std::vector<raw_entry>& fresh, const buffer_ref& bytes) {
  // Entries of the backlog show as well that it goes on: a link that breaks time and again, each
  // time after they were found, must not make the pauses grow.
  failures_ = 0;
  if (next_ == entries_.size()) {
    entries_.clear();
    pages_.clear();
    next_ = page_ = 0;
  }
  std::size_t total = 0;
  for (const auto& each : fresh) {
    on_received(each);
    entries_.push_back(each);
    total += each.bytes;
  }
  pages_.push_back({bytes, entries_.size(), link().now()});
  bytes_ += total;
  average_bytes_ = std::max<std::size_t>(total / fresh.size(), 1);
  intake_->on_entries(*this, fresh.size());
}

void lane::buffer_ahead(const std::vector<raw_entry>& fresh, const buffer_ref& bytes) {
  for (auto each = fresh.rbegin(); each != fresh.rend(); ++each) {
    ahead_.push_front({*each, bytes, link().now()});
  }
  if (!fresh.empty()) intake_->on_entries(*this, fresh.size());
}

void lane::hold(hold_reason why, bool on) {
  const auto bit = static_cast<unsigned>(why);
  const auto before = std::exchange(held_by_, on ? held_by_ | bit : held_by_ & ~bit);
  if (before == 0 || held_by_ != 0 || retired()) return;
  if (has_entries()) intake_->on_entries(*this, entries_at_hand());
  feed();
  // Bells may have rung unheard meanwhile.
  if (live_) source_->check();
}

std::size_t lane::demand() const noexcept { return retired() ? 0 : intake_->demand(); }

lane::taken_entry lane::take() {
  if (!ahead_.empty()) {
    auto first = std::move(ahead_.front());
    ahead_.pop_front();
    return first;
  }
  while (pages_[page_].end <= next_) ++page_;
  auto& from = pages_[page_];
  taken_entry taken{entries_[next_++], {}, from.since};
  bytes_ -= taken.what.bytes;
  if (next_ == from.end) {
    taken.bytes = std::move(from.bytes);
    ++page_;
  } else {
    taken.bytes = from.bytes;
  }
  if (next_ == entries_.size() || next_ >= settings_.prefetch) {
    // Forgets what was taken, so that the buffer does not grow while it is never quite empty.
    const auto gone = static_cast<std::ptrdiff_t>(next_);
    entries_.erase(entries_.begin(), entries_.begin() + gone);
    pages_.erase(pages_.begin(), pages_.begin() + static_cast<std::ptrdiff_t>(page_));
    for (auto& each : pages_) each.end -= next_;
    next_ = page_ = 0;
  }
  if (wanted() == 0) return taken;
  const auto under_way = under_way_;
  feed();
  // A handler that never waits would keep the turn, and the server idle, until all is worked on.
  if (under_way_ > under_way && has_entries()) link().send_now();
  return taken;
}

}  // namespace sluice
