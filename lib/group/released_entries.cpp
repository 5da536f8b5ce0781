#include "group/released_entries.hpp"

#include "redis/call.hpp"

#include "sluice/redis/command.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace sluice {
namespace {

class released_sets final : public attachment {
 public:
  std::map<std::string, std::weak_ptr<released_entries>> by_key;
};

constexpr double never = std::numeric_limits<double>::infinity();

// A score comes as a text from a script, and as a double, within a pair, from the server itself.
double score(const resp::value& of) { return of.floating().value_or(never); }

}  // namespace

/// The answers to TIME, and to the ZRANGE that arms the bell.
class released_entries::peeked final : public reply_sink {
 public:
  explicit peeked(std::shared_ptr<released_entries> whose) : whose_(std::move(whose)) {}

  static void send(const std::shared_ptr<released_entries>& whose, const std::string& frames) {
    const auto sink = std::make_shared<peeked>(whose);
    sink->self_ = sink;
    whose->link_.submit({.frames = frames, .replies = 2, .when_cut = risk::repeatable}, *sink);
  }

 private:
  void on_reply(const resp::value& value, const buffer_ref&) override {
    if (value.is_error()) failure_ = server_error(value, "ZRANGE");
    if (++answers_ == 1) {
      server_now_ = value[0].integer().value_or(0) * 1'000 + value[1].integer().value_or(0) / 1'000;
      return;
    }
    const auto self = std::exchange(self_, nullptr);
    if (failure_) return whose_->on_peek_failed(*failure_);
    const auto first = value[0];
    whose_->on_peeked(server_now_, score(first.is_aggregate() ? first[1] : value[1]));
  }
  void on_failure(const error& why) override {
    const auto self = std::exchange(self_, nullptr);
    whose_->on_peek_failed(why);
  }

  void on_repeated() noexcept override {
    answers_ = 0;
    failure_.reset();
  }

  std::shared_ptr<released_entries> whose_;
  std::shared_ptr<peeked> self_;
  std::optional<error> failure_;
  std::int64_t server_now_ = 0;
  int answers_ = 0;
};

std::shared_ptr<released_entries> released_entries::shared(connection& link, const group_place& at,
                                                           clock::duration recheck) {
  auto& known = link.attached<released_sets>().by_key[at.released_key()];
  if (auto same = known.lock()) return same;
  std::shared_ptr<released_entries> made(new released_entries(link, at, recheck));
  known = made;
  made->open();
  return made;
}

void released_entries::tell_change(connection& link, const group_place& at) {
  const auto& known = link.attached<released_sets>().by_key;
  const auto found = known.find(at.released_key());
  if (found == known.end()) return;
  if (const auto here = found->second.lock()) here->look();
}

released_entries::released_entries(connection& link, group_place at, clock::duration recheck)
    : link_(link), at_(std::move(at)), recheck_(recheck) {}

released_entries::~released_entries() {
  link_.bells().remove(at_.released_key(), *this);
  link_.forget(*this);
  link_.cancel_timer(*this);
  link_.attached<released_sets>().by_key.erase(at_.released_key());
}

void released_entries::open() {
  link_.observe(*this);
  link_.bells().add(at_.released_key(), *this);
}

void released_entries::join(released_taker& who) {
  takers_.push_back(&who);
  due_ ? want() : look();
}

void released_entries::leave(released_taker& who) noexcept {
  std::erase(takers_, &who);
  if (takers_.empty()) link_.cancel_timer(*this);
}

void released_entries::on_link_ready() {
  told_ = false;
  due_ = false;
  look();
}

void released_entries::on_time() { due_ ? want() : look(); }

// While entries are due, whatever else changes is seen when they are taken.
void released_entries::look() {
  if (takers_.empty() || due_ || !link_.ready()) return;
  if (peeking_) {
    dirty_ = true;
    return;
  }
  peek();
}

void released_entries::peek() {
  peeking_ = true;
  dirty_ = false;
  auto frames = command("TIME").frame();
  frames += command("ZRANGE").arg(at_.released_key(), 0, 0, "WITHSCORES").frame();
  peeked::send(shared_from_this(), frames);
}

void released_entries::on_peeked(std::int64_t server_now, double next_due) {
  peeking_ = false;
  know_next(server_now, next_due);
  if (due_) return want();
  if (dirty_) look();
}

// Without the right to look, nothing given back is ever taken from here. Everything else goes on.
void released_entries::on_peek_failed(const error& why) {
  peeking_ = false;
  if (why.code() == errc::closed || takers_.empty()) return;
  tell(why);
  link_.set_timer(*this, link_.now() + recheck_);
}

void released_entries::know_next(std::int64_t server_now, double next_due) {
  if (takers_.empty()) return;
  const auto wait = next_due - static_cast<double>(server_now);
  due_ = wait <= 0;
  if (due_) return link_.cancel_timer(*this);
  // The bell may be missed, and the server's clock may jump: it is looked at now and then anyway.
  auto pause = recheck_;
  if (wait < 60'000) {
    pause = std::min<clock::duration>(
        pause, std::chrono::milliseconds(static_cast<std::int64_t>(wait) + 1));
  }
  link_.set_timer(*this, link_.now() + pause);
}

void released_entries::want() {
  if (due_ && !taking_ && link_.ready()) take();
}

void released_entries::take() {
  const auto next = std::find_if(takers_.begin(), takers_.end(),
                                 [](const auto* each) { return each->wants_released() > 0; });
  if (next == takers_.end()) return;
  std::rotate(takers_.begin(), next + 1, takers_.end());
  auto* const who = takers_.back();
  taking_ = true;
  const auto step = ownership::take(at_, who->taker_name(), who->wants_released());
  auto done = [self = shared_from_this(), who, alive = who->keep_taker()](
                  const script_outcome& what) { self->on_taken(*who, what); };
  run_script(link_, *step.what, step.keys, step.arguments, risk::once, std::move(done));
}

void released_entries::on_taken(released_taker& who, const script_outcome& what) {
  taking_ = false;
  if (what.failure != nullptr) {
    due_ = false;
    const auto& why = *what.failure;
    if (why.code() == errc::closed) return;
    if (why.code() == errc::outcome_unknown || why.code() == errc::reply_too_large) {
      return who.on_taking_lost();
    }
    tell(why);
    if (!takers_.empty()) link_.set_timer(*this, link_.now() + recheck_);
    return;
  }
  const auto& answer = *what.value;
  const auto entries = answer[2];
  tell_others(who, entries);
  if (entries.size() > 0 || answer[3].size() > 0) who.on_taken(entries, answer[3], what.bytes);
  know_next(answer[0].integer().value_or(0), score(answer[1]));
  due_ ? want() : look();
}

// Handlers that are told may end their consumers.
void released_entries::tell_others(const released_taker& who, const resp::value& entries) const {
  if (takers_.size() < 2 || entries.size() == 0) return;
  std::vector<std::string> ids;
  for (const auto& each : entries) ids.emplace_back(each[0].text());
  std::vector<std::pair<released_taker*, std::shared_ptr<void>>> others;
  for (auto* const each : takers_) {
    if (each != &who) others.emplace_back(each, each->keep_taker());
  }
  for (const auto& each : others) each.first->on_lost(ids);
}

void released_entries::tell(const error& why) {
  if (why.code() == condition::retryable || std::exchange(told_, true)) return;
  link_.emit(events::upkeep_failed{.stream = at_.stream,
                                   .group = at_.group,
                                   .what = "taking released entries",
                                   .reason = why.code(),
                                   .text = why.what()});
}

}  // namespace sluice
