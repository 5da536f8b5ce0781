#include "kafka/intake.hpp"

#include "app/json_envelope.hpp"

#include "sluice/core/thrown.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>

namespace sluice::kafka {
namespace asio = boost::asio;

namespace {

bool is_malformed(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const error& why) {
    return why.code() == errc::malformed_message;
  } catch (...) {
    return false;
  }
}

}  // namespace

/// A message in hand.
struct intake::hand {
  hand(std::shared_ptr<partition> whose, taken which)
      : from(std::move(whose)), offset(which.offset()), what(std::move(which)) {}

  std::shared_ptr<partition> from;
  std::int64_t offset;
  std::optional<taken> what;
  asio::cancellation_signal cancel;
  bool cancelled = false;
};

intake::intake(std::shared_ptr<connection> link, std::shared_ptr<outlets> dead_go_by,
               intake_place where, const listener_options& how, envelope_handler work)
    : link_(std::move(link)),
      outlets_(std::move(dead_go_by)),
      where_(std::move(where)),
      how_(how),
      work_(std::move(work)),
      change_(*link_) {}

void intake::remove(const partition& which) noexcept {
  std::erase_if(partitions_, [&which](const auto& each) { return each.get() == &which; });
}

void intake::concurrency(std::size_t messages) {
  how_.concurrency(messages);
  if (on_change_) on_change_();
}

void intake::stop() noexcept {
  stopping_ = true;
  change_.open();
}

void intake::fail(const std::exception_ptr& why) noexcept {
  if (!failure_) failure_ = why;
  stop();
}

std::int64_t intake::lag() const {
  std::int64_t sum = 0;
  for (const auto& each : partitions_) sum += each->lag();
  return sum;
}

// Handing out.

// The partition behind the one that was served last comes first.
std::optional<taken> intake::take(std::shared_ptr<partition>& from) {
  for (std::size_t passed = 0; passed < partitions_.size(); ++passed) {
    from = partitions_[++turn_ % partitions_.size()];
    if (auto next = from->take(how_.concurrency())) return next;
  }
  return std::nullopt;
}

bool intake::feed(std::size_t most) {
  for (std::size_t fed = 0; fed < most; ++fed) {
    if (stopping_ || hands_.size() >= how_.concurrency()) return true;
    std::shared_ptr<partition> from;
    auto next = take(from);
    if (!next) return true;
    start(std::make_shared<hand>(std::move(from), *std::move(next)));
  }
  return false;
}

void intake::start(std::shared_ptr<hand> with) {
  hands_.push_back(with);
  auto ended = [self = shared_from_this(), with](const std::exception_ptr& failure) {
    self->on_put_down(with, failure);
  };
  asio::co_spawn(link_->executor(), work_on(shared_from_this(), with),
                 asio::bind_cancellation_slot(with->cancel.slot(), std::move(ended)));
}

void intake::on_put_down(const std::shared_ptr<hand>& which, const std::exception_ptr& failure) {
  std::erase(hands_, which);
  which->from->put_down();
  if (failure) fail(failure);
  change_.open();
  if (on_change_) on_change_();
}

void intake::cancel(const partition* of) {
  const auto all = hands_;
  for (const auto& each : all) {
    if (of != nullptr && each->from.get() != of) continue;
    each->cancelled = true;
    each->cancel.emit(asio::cancellation_type::terminal);
  }
}

void intake::let_go() noexcept {
  partitions_.clear();
  for (const auto& each : hands_) {
    each->cancelled = true;
    each->what.reset();
  }
}

// Working on one.

asio::awaitable<void> intake::hand_over(std::shared_ptr<hand> which) {
  arrival came(read_envelope_json(which->what->payload()), [hand = std::weak_ptr(which)] {
    if (const auto mine = hand.lock()) mine->cancel.emit(asio::cancellation_type::terminal);
  });
  co_await work_(std::move(came));
}

asio::awaitable<void> intake::work_on(std::shared_ptr<intake> self, std::shared_ptr<hand> which) {
  std::exception_ptr failure;
  std::string reason = "max_deliveries";
  const auto most = self->how_.max_deliveries();
  const bool doomed = most > 0 && which->from->begun_at(which->offset) > most;
  if (!doomed) {
    try {
      co_await self->hand_over(which);
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure) reason = is_malformed(failure) ? "malformed_message" : "failed";
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  // Whoever gets it next does what was cut short here.
  if (failure && which->cancelled) co_return;
  bool done = true;
  if (doomed || failure) {
    auto words = failure ? thrown_text(failure) : std::string();
    auto burying = self->bury(which, std::move(reason), std::move(words));
    done = co_await std::move(burying);
  }
  if (done) which->from->settle(which->offset);
}

// The dead.

// False when it is not ours any more.
asio::awaitable<bool> intake::bury(std::shared_ptr<hand> which, std::string reason,
                                   std::string words) {
  while (!which->cancelled && !outlets_->how().chosen().dead_letters().empty()) {
    auto storing = store(which, reason, words);
    auto failure = co_await std::move(storing);
    if (!failure) break;
    tell_trouble(*failure);
    co_await rest();
  }
  if (which->cancelled) co_return false;
  tell_burial(*which, reason);
  co_return true;
}

asio::awaitable<std::optional<error>> intake::store(std::shared_ptr<hand> which, std::string reason,
                                                    std::string words) {
  struct fate {
    explicit fate(connection& link) : known(link) {}
    gate known;
    bool told = false;
    std::optional<error> failure;
  };
  const auto what_became = std::make_shared<fate>(*link_);
  letter dead;
  dead.topic = where_.topic + outlets_->how().chosen().dead_letters();
  dead.payload = which->what->payload();
  dead.key = which->what->key();
  dead.headers = which->what->headers();
  dead.headers.emplace_back("dead.topic", where_.topic);
  dead.headers.emplace_back("dead.partition", std::to_string(which->from->number()));
  dead.headers.emplace_back("dead.offset", std::to_string(which->offset));
  dead.headers.emplace_back("dead.group", where_.group);
  dead.headers.emplace_back("dead.reason", std::move(reason));
  dead.headers.emplace_back("dead.error", std::move(words));
  try {
    outlets_->get().send(dead, [what_became](const error* why) {
      what_became->told = true;
      if (why != nullptr) what_became->failure = *why;
      what_became->known.open();
    });
  } catch (const error& why) {
    what_became->failure = why;
    what_became->told = true;
  }
  while (!what_became->told) co_await what_became->known.wait();
  co_return what_became->failure;
}

asio::awaitable<void> intake::rest() {
  gate over(*link_);
  co_await over.wait(link_->time().now() + std::chrono::seconds(1));
}

void intake::tell_trouble(const error& why) const {
  if (!link_->has_event_handler()) return;
  link_->emit(
      events::carrier_troubled{.carrier = "kafka", .reason = why.code(), .text = why.what()});
}

void intake::tell_burial(const hand& which, const std::string& reason) const {
  if (!link_->has_event_handler()) return;
  const auto id = std::to_string(which.from->number()) + ':' + std::to_string(which.offset);
  const auto to = where_.topic + outlets_->how().chosen().dead_letters();
  link_->emit(events::dead_lettered{
      .stream = where_.topic, .group = where_.group, .id = id, .to = to, .reason = reason});
}

}  // namespace sluice::kafka
