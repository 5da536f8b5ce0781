#include "app/list_intake.hpp"

#include "app/json_envelope.hpp"
#include "core/cancellation.hpp"
#include "redis/exec.hpp"

#include "sluice/core/thrown.hpp"
#include "sluice/group/dead_letters.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// A handler that was cancelled should end at once; one that does not is left to itself.
constexpr auto grace_of_the_cancelled = 1s;
// A link that was given up is asked for again.
constexpr auto unlinked_pause = 10s;

}  // namespace

list_intake::list_intake(std::shared_ptr<connection> link, std::string list, std::string group,
                         const listener_options& how, envelope_handler work,
                         std::unique_ptr<message_list> elements)
    : link_(std::move(link)),
      key_(std::move(list)),
      group_(std::move(group)),
      how_(how),
      concurrency_(how.concurrency()),
      work_(std::move(work)),
      elements_(std::move(elements)),
      cycle_([from = link_.get()] { return from->random(); }),
      change_(*link_) {}

list_intake::~list_intake() {
  link_->bells().remove(key_, *this);
  link_->forget(*this);
  link_->cancel_timer(*this);
}

// Taking.

void list_intake::open() {
  link_->observe(*this);
  link_->bells().add(key_, *this);
  link_->want_link();
  if (link_->ready()) on_link_ready();
  advance();
}

void list_intake::on_link_ready() {
  cycle_.on_link_ready(link_->server().doorbell() != doorbell_state::absent);
  advance();
}

void list_intake::on_ring() {
  cycle_.on_ring();
  advance();
}

void list_intake::on_time() {
  if (link_->gave_up()) link_->want_link();
  advance();
}

void list_intake::concurrency(std::size_t messages) {
  concurrency_ = messages;
  advance();
}

void list_intake::advance() {
  const auto free = concurrency_ - std::min(concurrency_, hands_.size());
  if (stopping_ || free == 0) return link_->cancel_timer(*this);
  const auto now = link_->now();
  if (!link_->ready()) return link_->set_timer(*this, now + unlinked_pause);
  const auto look = cycle_.next(now);
  if (look == pop_cycle::look::no) {
    const auto alarm = cycle_.alarm();
    if (alarm == clock::time_point::max()) return link_->cancel_timer(*this);
    return link_->set_timer(*this, std::max(alarm, now));
  }
  elements_->take(free, look == pop_cycle::look::pop_and_arm,
                  [self = shared_from_this(), free](const message_list::taken& what) {
                    self->on_taken(what, free);
                  });
}

void list_intake::on_taken(const message_list::taken& what, std::size_t asked) {
  if (what.failure != nullptr) {
    cycle_.on_failure(link_->now());
    tell_failure(*what.failure);
  } else {
    cycle_.on_popped(what.elements.size(), asked, what.left, link_->now());
  }
  if (stopping_ && !what.elements.empty()) {
    elements_->give_back(what.elements, settling());
  } else {
    for (const auto& each : what.elements) begin(each);
  }
  advance();
  change_.open();
}

void list_intake::tell_failure(const error& why) {
  if (why.code() == errc::closed || why.code() == condition::retryable) return;
  link_->emit(events::read_failed{
      .stream = key_, .group = group_, .reason = why.code(), .text = why.what()});
}

// Working.

void list_intake::begin(const std::string& element) {
  envelope what;
  try {
    what = read_envelope_json(element);
  } catch (const error& why) {
    return bury(element, why.why().message());
  }
  const auto by = std::make_shared<hand>();
  by->element = element;
  hands_.push_back(by);
  auto done = [self = shared_from_this(), by](const std::exception_ptr& failure) {
    self->on_worked(by, failure);
  };
  arrival came(std::move(what), [hand = std::weak_ptr(by)] {
    if (const auto mine = hand.lock()) mine->cancel.emit(asio::cancellation_type::terminal);
  });
  asio::co_spawn(link_->executor(), work_(std::move(came)),
                 asio::bind_cancellation_slot(by->cancel.slot(), std::move(done)));
}

void list_intake::on_worked(const std::shared_ptr<hand>& by, const std::exception_ptr& failure) {
  std::erase(hands_, by);
  if (!failure) {
    elements_->forget(by->element, settling());
  } else if (stopping_ && is_cancellation(failure)) {
    // By the end of the drain: it has not failed.
    elements_->give_back({by->element}, settling());
  } else {
    bury(by->element, thrown_text(failure));
  }
  advance();
  change_.open();
}

void list_intake::bury(const std::string& element, const std::string& reason) {
  elements_->bury(element, reason, settling());
  link_->emit(events::dead_lettered{.stream = key_,
                                    .group = group_,
                                    .id = {},
                                    .to = dead_letters::stream_of(key_),
                                    .reason = reason});
}

message_list::finished list_intake::settling() {
  ++settling_;
  return [self = shared_from_this()] {
    --self->settling_;
    self->change_.open();
  };
}

asio::awaitable<std::optional<std::uint64_t>> list_intake::backlog(
    std::shared_ptr<list_intake> self) {
  command length("LLEN");
  length.arg(self->key_).repeatable(true);
  const auto answer = co_await exec_on(self->link_, std::move(length));
  co_return answer.as<std::uint64_t>();
}

// The end.

void list_intake::stop() noexcept {
  if (std::exchange(stopping_, true)) return;
  link_->cancel_timer(*this);
  change_.open();
}

bool list_intake::idle() const noexcept {
  return hands_.empty() && settling_ == 0 && !cycle_.under_way();
}

asio::awaitable<void> list_intake::run(std::shared_ptr<list_intake> self) {
  self->open();
  while (!self->stopping_) {
    co_await self->change_.wait();
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) self->stop();
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await self->drain();
}

asio::awaitable<void> list_intake::drain() {
  co_await wait_until_idle(link_->time().now() + how_.drain_within());
  if (idle()) co_return;
  const auto late = hands_;
  for (const auto& each : late) each->cancel.emit(asio::cancellation_type::terminal);
  co_await wait_until_idle(link_->time().now() + grace_of_the_cancelled);
}

asio::awaitable<void> list_intake::wait_until_idle(clock::time_point limit) {
  while (!idle() && link_->time().now() < limit) co_await change_.wait(limit);
}

}  // namespace sluice
