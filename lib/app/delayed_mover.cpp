#include "app/delayed_mover.hpp"

#include "redis/posting.hpp"

#include "sluice/core/event.hpp"
#include "sluice/redis/command.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace sluice {
namespace {

using namespace std::chrono_literals;

// A bell may be missed, and the server's clock may jump.
constexpr auto recheck = 10s;
// Many messages that are put away at once ring for one look, and not in all processes together.
constexpr std::uint64_t spread = 10;
// Longer scripts would keep others from the server.
constexpr std::size_t at_once = 64;

constexpr double never = std::numeric_limits<double>::infinity();

}  // namespace

delayed_mover::delayed_mover(std::shared_ptr<connection> link, std::shared_ptr<delayed_store> store,
                             std::shared_ptr<main_stream> main)
    : link_(std::move(link)), store_(std::move(store)), main_(std::move(main)) {}

delayed_mover::~delayed_mover() { stop(); }

void delayed_mover::start() {
  if (std::exchange(runs_, true)) return;
  link_->observe(*this);
  link_->bells().add(store_->set_key(), *this);
  link_->want_link();
  look();
}

void delayed_mover::stop() noexcept {
  if (!std::exchange(runs_, false)) return;
  link_->bells().remove(store_->set_key(), *this);
  link_->forget(*this);
  link_->cancel_timer(*this);
}

// One ring a look, so that a look is never put off twice.
void delayed_mover::on_ring() {
  dirty_ = asking_;
  if (asking_) return;
  link_->set_timer(*this, link_->now() + std::chrono::milliseconds(link_->random() % spread));
}

void delayed_mover::on_link_ready() {
  told_ = false;
  look();
}

// Reading the key arms the bell.
void delayed_mover::look() {
  if (!runs_ || asking_ || !link_->ready()) return;
  asking_ = true;
  dirty_ = false;
  const auto life = weak_from_this();
  post(*link_, command("TIME").frame(), risk::repeatable,
       [life](const resp::value& time, const error* failure) {
         const auto self = life.lock();
         if (!self || failure != nullptr) return;
         self->server_now_ = static_cast<double>(time[0].integer().value_or(0)) * 1e3 +
                             static_cast<double>(time[1].integer().value_or(0)) / 1e3;
       });
  post(*link_, command("ZRANGE").arg(store_->set_key(), 0, 0, "WITHSCORES").frame(),
       risk::repeatable, [life](const resp::value& first, const error* failure) {
         const auto self = life.lock();
         if (self) self->on_seen(first, failure);
       });
}

void delayed_mover::on_seen(const resp::value& first, const error* failure) {
  asking_ = false;
  if (!runs_) return;
  if (failure != nullptr) return on_failure("looking for delayed messages", *failure);
  if (dirty_) return look();
  // A pair within a list.
  const auto wait = first[0][1].floating().value_or(never) - server_now_;
  if (wait <= 0) return send_due();
  auto pause = std::chrono::duration_cast<clock::duration>(recheck);
  if (wait < std::chrono::duration<double, std::milli>(recheck).count()) {
    pause = std::chrono::milliseconds(static_cast<std::int64_t>(wait) + 1);
  }
  link_->set_timer(*this, link_->now() + pause);
}

void delayed_mover::send_due() {
  asking_ = true;
  store_->send_due(at_once, [self = shared_from_this()](const script_outcome& what) {
    self->asking_ = false;
    if (self->runs_) self->on_sent(what);
  });
}

void delayed_mover::on_sent(const script_outcome& what) {
  if (what.failure != nullptr) return on_failure("sending delayed messages", *what.failure);
  const auto& answer = *what.value;
  for (const auto& each : answer[0]) hand_on(each);
  for (const auto& each : answer[1]) {
    tell("sending a delayed message", error(errc::server_error, std::string(each.text())));
  }
  if (answer[1].size() == 0) told_ = false;
  look();
}

// Crossed out only when it is stored: whoever dies before leaves it to others, which may send it
// again.
void delayed_mover::hand_on(const resp::value& taken) {
  const auto message = delayed_store::read_taken(taken);
  try {
    main_->send(message.topic, decode_envelope(message.words),
                [store = store_, id = message.id](const error* failure) {
                  if (failure == nullptr) store->cross_out(id);
                });
  } catch (const error& why) {
    tell("sending a delayed message", why);
  }
}

void delayed_mover::on_failure(std::string_view what, const error& why) {
  tell(what, why);
  link_->set_timer(*this, link_->now() + recheck);
}

void delayed_mover::tell(std::string_view what, const error& why) {
  if (why.code() == condition::retryable || why.code() == errc::closed) return;
  if (std::exchange(told_, true)) return;
  link_->emit(events::upkeep_failed{.stream = store_->set_key(),
                                    .group = "",
                                    .what = what,
                                    .reason = why.code(),
                                    .text = why.what()});
}

}  // namespace sluice
