#include "app/lane_state.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// How many answers are taken before their responder hears of it; it lets twice as many wait.
constexpr std::uint64_t told_after = 128;
// A signal may be lost: whoever waits in vain repeats it, ever more rarely.
constexpr clock::duration repeated_first = 1s;
constexpr clock::duration repeated_rarely = 32s;

/// Counts a coroutine among the readers, however it ends.
class reading {
 public:
  explicit reading(std::size_t& readers) : readers_(readers) { ++readers_; }
  reading(const reading&) = delete;
  reading& operator=(const reading&) = delete;
  ~reading() { --readers_; }

 private:
  std::size_t& readers_;
};

[[noreturn]] void throw_failure(const answer& what) {
  throw error(errc::feedback_error, diagnostics("a listener failed to handle the message")
                                        .group(what.source_group)
                                        .id(what.id)
                                        .server_text(what.error_text));
}

}  // namespace

lane_state::lane_state(std::shared_ptr<connection> link, std::string id,
                       std::vector<std::string> groups)
    : link_(std::move(link)), id_(std::move(id)), groups_(std::move(groups)), change_(*link_) {}

// The way there.

void lane_state::on_sent(const error* failure) {
  sent_ = true;
  if (failure != nullptr) send_failure_ = *failure;
  change_.open();
}

asio::awaitable<void> lane_state::sent(std::shared_ptr<lane_state> self) {
  while (!self->sent_) {
    co_await self->change_.wait();
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) throw error(errc::cancelled);
    if (!self->sent_ && self->link_->closed()) throw error(errc::closed);
  }
  if (self->send_failure_) throw *self->send_failure_;
}

// The way back.

bool lane_state::on_answer(answer what) {
  const auto [place, fresh] = progress_.try_emplace(what.source_group);
  auto& so_far = place->second;
  const bool numbered = what.number > 0;
  if (fresh && goes_on_ && numbered) so_far.last = what.number - 1;
  if (so_far.ended) return false;
  // Sent again after a lost reply, or by another member that worked on the message again. That one
  // may have less to say, and its end is the end nevertheless.
  const bool heard_before = numbered && what.number <= so_far.last;
  if (heard_before && !what.is_end()) {
    // It waits to hear that they were taken, as the first one did.
    if (what.number % told_after == 0) tell_taken(what.source_group, so_far);
    return false;
  }
  if (heard_before && what.has_value()) what.what = answer::kind::end;
  if (numbered && what.number > so_far.last + 1) {
    on_lost(error(errc::feedback_lost,
                  diagnostics("answers were lost on the way").group(what.source_group).id(id_)));
    return true;
  }
  if (numbered) so_far.last = std::max(so_far.last, what.number);
  so_far.ended = what.is_end();
  answers_.push_back(std::move(what));
  change_.open();
  return true;
}

void lane_state::on_lost(const error& why) {
  if (!lost_) lost_ = why;
  change_.open();
}

bool lane_state::has_ended(std::string_view from) const {
  const auto ended = [this](std::string_view group) {
    const auto found = progress_.find(group);
    return found != progress_.end() && found->second.ended;
  };
  if (!from.empty()) return ended(from);
  if (!groups_.empty()) return std::all_of(groups_.begin(), groups_.end(), ended);
  return std::any_of(progress_.begin(), progress_.end(),
                     [](const auto& each) { return each.second.ended; });
}

std::optional<answer> lane_state::take(std::string_view from) {
  const auto found = std::find_if(answers_.begin(), answers_.end(), [from](const answer& each) {
    return from.empty() || each.source_group == from;
  });
  if (found == answers_.end()) return std::nullopt;
  auto taken = std::move(*found);
  answers_.erase(found);
  auto& so_far = progress_[taken.source_group];
  so_far.taken = std::max(so_far.taken, taken.number);
  if (so_far.taken >= so_far.told + told_after) tell_taken(taken.source_group, so_far);
  return taken;
}

void lane_state::tell_taken(const std::string& group, progress& of) {
  if (of.ended || of.taken == 0 || !signals_) return;
  of.told = of.taken;
  signals_({call_signal::kind::taken, id_, group, of.taken});
}

void lane_state::tell_taken_again() {
  for (auto& [group, so_far] : progress_) tell_taken(group, so_far);
}

void lane_state::cancel() {
  if (signals_) signals_({call_signal::kind::cancel, id_, {}, 0});
}

void lane_state::expect_nothing() noexcept {
  wanted_ = false;
  one_way_ = true;
}

void lane_state::tell_unheard() const {
  if (signals_ && !has_ended({})) signals_({call_signal::kind::unheard, id_, {}, 0});
}

asio::awaitable<std::optional<answer>> lane_state::next(
    std::shared_ptr<lane_state> self, std::optional<std::chrono::milliseconds> limit,
    std::string from) {
  auto& time = self->link_->time();
  const auto until = limit ? time.now() + *limit : clock::time_point::max();
  const reading here(self->readers_);
  clock::duration pause = repeated_first;
  auto repeat_at = time.now() + pause;
  while (true) {
    while (auto came = self->take(from)) {
      if (came->has_value()) co_return came;
      if (came->what == answer::kind::failure) throw_failure(*came);
    }
    if (self->one_way_ || self->has_ended(from)) co_return std::nullopt;
    if (self->lost_) throw *self->lost_;
    if (self->send_failure_) throw *self->send_failure_;
    if (self->link_->closed()) throw error(errc::closed);
    if (time.now() >= until) {
      throw error(errc::feedback_timeout,
                  diagnostics("no answer came in time").group(from).id(self->id_));
    }
    if (self->on_awaited_) self->on_awaited_();
    co_await self->change_.wait(std::min(until, repeat_at));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) throw error(errc::cancelled);
    if (time.now() < repeat_at) continue;
    pause = std::min(2 * pause, repeated_rarely);
    repeat_at = time.now() + pause;
    self->tell_taken_again();
  }
}

}  // namespace sluice
