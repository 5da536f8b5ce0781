#include "stream/stream_intake.hpp"

#include "core/bounded.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

// How many entries one stream may give before the next one has its turn.
constexpr std::size_t turn_length = 64;

// What is read on demand at a time, whoever asks for more: a reply has to stay within the limits.
constexpr std::size_t most_on_demand = 100;

}  // namespace

stream_intake::stream_intake(client redis, waiting how_long)
    : redis_(std::move(redis)), waiting_(how_long) {
  link().observe(*this);
}

stream_intake::~stream_intake() {
  close();
  link().forget(*this);
}

void stream_intake::begin() {
  if (std::exchange(begun_, true)) return;
  for (const auto& each : std::vector(lanes_)) each->begin();
}

void stream_intake::add(const std::shared_ptr<lane>& fresh) {
  lanes_.push_back(fresh);
  if (begun_ && !closed_) fresh->begin();
}

void stream_intake::remove(const std::string& stream) {
  auto* const gone = find(stream);
  if (gone == nullptr) return;
  ready_.erase(std::remove(ready_.begin(), ready_.end(), gone), ready_.end());
  gone->retire();
  std::erase_if(lanes_, [gone](const auto& each) { return each.get() == gone; });
}

lane* stream_intake::find(const std::string& stream) const {
  const auto found = std::find_if(lanes_.begin(), lanes_.end(),
                                  [&](const auto& each) { return each->name == stream; });
  return found == lanes_.end() ? nullptr : found->get();
}

void stream_intake::close() noexcept {
  if (std::exchange(closed_, true)) return;
  ready_.clear();
  // The lanes stay: acknowledgements that are under way are theirs.
  for (const auto& each : lanes_) each->retire();
  wake_all();
}

void stream_intake::wake_all() noexcept {
  for (auto* each : std::exchange(waiters_, {})) each->make_ready();
}

lane* stream_intake::ready_lane() {
  while (!ready_.empty()) {
    auto* const first = ready_.front();
    if (!first->has_entries()) {
      ready_.pop_front();
      first->in_ready_list = false;
      turn_ = 0;
      continue;
    }
    if (turn_ < turn_length || ready_.size() == 1) {
      ++turn_;
      return first;
    }
    ready_.pop_front();
    ready_.push_back(first);
    turn_ = 0;
  }
  return nullptr;
}

void stream_intake::feed() {
  for (const auto& each : std::vector(lanes_)) each->feed();
}

void stream_intake::check() {
  for (const auto& each : std::vector(lanes_)) each->check();
}

std::size_t stream_intake::demand() const noexcept {
  // A crowd is demand enough, and need not be counted through for every read.
  if (waiters_.size() >= most_on_demand) return waiters_.size();
  std::size_t entries = 0;
  for (const auto* each : waiters_) entries += each->demand();
  return entries;
}

std::size_t stream_intake::send_away(std::size_t most) {
  const auto count = std::min(most, waiters_.size());
  for (std::size_t i = 0; i < count; ++i) {
    auto* const last = waiters_.back();
    waiters_.pop_back();
    last->send_away();
  }
  return count;
}

bool stream_intake::drained() const noexcept {
  return std::all_of(lanes_.begin(), lanes_.end(),
                     [](const auto& each) { return each->drained(); });
}

void stream_intake::throw_first_error() {
  if (errors_.empty()) return;
  const auto first = errors_.front();
  errors_.pop_front();
  throw first;
}

void stream_intake::on_entries(lane& from, std::size_t count) {
  if (!from.in_ready_list) {
    from.in_ready_list = true;
    ready_.push_back(&from);
  }
  const auto woken = std::min(count, waiters_.size());
  const std::vector<entry_wait*> whom(waiters_.begin(),
                                      waiters_.begin() + static_cast<std::ptrdiff_t>(woken));
  waiters_.erase(waiters_.begin(), waiters_.begin() + static_cast<std::ptrdiff_t>(woken));
  for (auto* each : whom) each->make_ready();
}

void stream_intake::on_stream_error(const error& why) {
  errors_.push_back(why);
  wake_all();
}

void stream_intake::on_drained() {
  if (drained()) wake_all();
}

entry_wait::entry_wait(stream_intake& intake, waiting how_long, std::size_t entries)
    : waiter(intake.link().waiters()),
      intake_(intake),
      how_long_(how_long),
      demand_(std::clamp<std::size_t>(entries, 1, most_on_demand)) {}

entry_wait::~entry_wait() {
  intake_.forget(*this);
  intake_.link().cancel_timer(*this);
}

bool entry_wait::must_wait() {
  if (intake_.closed() || intake_.link().closed() || intake_.has_error()) return false;
  if (timed_out_ || sent_away_ || was_cancelled()) return false;
  if (begun_ && how_long_.is_none() && intake_.drained()) return false;
  intake_.wait(*this);
  if (!std::exchange(begun_, true)) {
    auto& link = intake_.link();
    // "Not at all" still needs the server's answer, and that wait has an end as well.
    const auto limit = how_long_.is_none() ? link.options().timeout() : how_long_.limit();
    if (!how_long_.is_for_ever() && limit.count() > 0) {
      deadline_ = link.now() + bounded(limit);
      link.set_timer(*this, deadline_);
    }
    if (how_long_.is_none()) intake_.check();
  }
  intake_.feed();
  // Feeding and checking may have ended the wait before it began: a closed client fails at once.
  const bool over = intake_.closed() || intake_.has_error() || sent_away_;
  if (!over && !(how_long_.is_none() && intake_.drained())) return true;
  intake_.forget(*this);
  return false;
}

void entry_wait::check() {
  if (!intake_.closed() && intake_.link().closed())
    throw error(errc::closed, "the client was closed");
  intake_.throw_first_error();
  if (was_cancelled()) throw error(errc::cancelled, "cancelled while waiting for an entry");
  if (timed_out_ && how_long_.is_none() && !intake_.closed()) {
    const auto& last = intake_.link().last_error();
    throw error(errc::timeout, last && !intake_.link().ready()
                                   ? "no answer from the server: " + std::string(last->what())
                                   : std::string("no answer from the server"));
  }
}

void entry_wait::send_away() {
  sent_away_ = true;
  make_ready();
}

void entry_wait::on_time() {
  timed_out_ = true;
  intake_.forget(*this);
  make_ready();
}

}  // namespace sluice
