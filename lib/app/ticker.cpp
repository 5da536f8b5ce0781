#include "app/ticker.hpp"

#include "sluice/core/event.hpp"
#include "sluice/core/thrown.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <utility>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using std::chrono::duration_cast;

// How often it is looked what others have changed, and how long after a failure.
constexpr auto recheck = 15s;
// A last time so far ahead was given by a clock that has been set right since. Nearer ones are
// waited for, so that no time is sent twice.
constexpr tick impossible = 1h;

// "2028-02-29T12:00:00.000Z"
std::string iso_text(tick when) {
  const std::chrono::sys_time<tick> at(when);
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(at - day);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(clock.hours().count()),
                int(clock.minutes().count()), int(clock.seconds().count()),
                int(clock.subseconds().count()));
  return text;
}

}  // namespace

ticker::ticker(std::shared_ptr<connection> link, std::shared_ptr<schedule_store> store,
               std::shared_ptr<main_stream> main, schedule what)
    : link_(std::move(link)),
      store_(std::move(store)),
      main_(std::move(main)),
      name_(what.name()),
      what_(std::move(what)),
      record_(encode_schedule(what_)) {}

ticker::~ticker() { stop(); }

void ticker::start() {
  if (std::exchange(runs_, true)) return;
  link_->observe(*this);
  join(schedule_store::mode::set);
}

void ticker::stop() noexcept {
  if (!std::exchange(runs_, false)) return;
  link_->forget(*this);
  link_->cancel_timer(*this);
}

void ticker::join(schedule_store::mode how) {
  asking_ = true;
  store_->join(name_, record_, how, [self = shared_from_this()](const script_outcome& what) {
    self->asking_ = false;
    if (self->runs_) self->on_joined(what);
  });
}

void ticker::on_joined(const script_outcome& what) {
  if (what.failure != nullptr) return on_failure(*what.failure);
  joined_ = true;
  told_ = false;
  ask_again_ = link_->now() + recheck;
  take_over(*what.value);
  // It was removed. Later the server will have forgotten that, so that asking would bring it back.
  if (state_.gone()) return stop();
  go_on();
}

void ticker::send(tick when) {
  envelope message;
  message.value = what_.value();
  message.id = store_->app() + '/' + name_ + '@' + iso_text(when);
  message.source_group = store_->app();
  const auto kept = main_->keep(what_.topic(), message);
  std::optional<tick> later;
  if (what_.jitter() > 0ms) {
    later = tick(static_cast<tick::rep>(link_->random() %
                                        (static_cast<std::uint64_t>(what_.jitter().count()) + 1)));
  } else if (kept.kind == "topic") {
    later = 0ms;
  }
  asking_ = true;
  store_->send(name_, state_, when, kept, message.id, main_->waiting_place(), later,
               [self = shared_from_this()](const script_outcome& what) {
                 self->asking_ = false;
                 if (self->runs_) self->on_sent(what);
               });
}

void ticker::on_sent(const script_outcome& what) {
  if (what.failure != nullptr) return on_failure(*what.failure);
  told_ = false;
  take_over(*what.value);
  // It was removed, or the server lost its data.
  if (state_.gone()) return join(schedule_store::mode::look);
  go_on();
}

void ticker::on_failure(const error& why) {
  tell(why);
  ask_again_ = link_->now() + recheck;
  link_->set_timer(*this, ask_again_);
}

void ticker::take_over(const resp::value& state) {
  state_ = schedule_store::read_state(state);
  asked_at_ = link_->now();
  if (state_.gone() || state_.known == record_) return;
  try {
    what_ = decode_schedule(state_.known, name_);
    record_ = state_.known;
  } catch (...) {
    // What others know to read is theirs to send.
    tell(error(errc::malformed_message, thrown_text(std::current_exception())));
  }
}

void ticker::go_on() {
  if (state_.known != record_) return wait_until(tick::max());
  const auto last = last_of_server();
  const auto at = now();
  const auto due = due_ticks(what_, last, at);
  if (!due.empty()) return send(due.front());
  wait_until(next_tick(what_, last, at));
}

void ticker::wait_until(tick when) {
  const auto pause = std::min(when, now() + tick(recheck)) - now() + 1ms;
  link_->set_timer(*this, std::min(ask_again_, link_->now() + pause));
}

tick ticker::now() const {
  return state_.now + duration_cast<tick>(link_->time().now() - asked_at_);
}

tick ticker::last_of_server() {
  if (forgotten_.first == state_.last) return forgotten_.second;
  const auto last = schedule_store::read_tick(state_.last);
  if (last <= now() + impossible) return last;
  forgotten_ = {state_.last, now()};
  return forgotten_.second;
}

void ticker::on_link_ready() {
  if (!asking_) join(schedule_store::mode::look);
}

void ticker::on_time() {
  if (asking_) return;
  if (!joined_) return join(schedule_store::mode::set);
  if (link_->now() >= ask_again_) return join(schedule_store::mode::look);
  go_on();
}

void ticker::tell(const error& why) {
  if (why.code() == condition::retryable || why.code() == errc::closed) return;
  if (std::exchange(told_, true)) return;
  const auto what = "schedule '" + name_ + "'";
  link_->emit(events::upkeep_failed{.stream = what_.topic(),
                                    .group = store_->app(),
                                    .what = what,
                                    .reason = why.code(),
                                    .text = why.what()});
}

}  // namespace sluice
