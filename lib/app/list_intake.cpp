#include "app/list_intake.hpp"

#include "app/json_envelope.hpp"
#include "core/cancellation.hpp"
#include "redis/exec.hpp"

#include "sluice/core/thrown.hpp"

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

}  // namespace

list_intake::list_intake(std::shared_ptr<connection> link, std::string list, std::string group,
                         const listener_options& how, envelope_handler work,
                         std::unique_ptr<message_list> elements,
                         const std::shared_ptr<list_isolation>& isolation)
    : link_(std::move(link)),
      group_(std::move(group)),
      how_(how),
      concurrency_(how.concurrency()),
      work_(std::move(work)),
      reader_(link_, std::move(list), std::move(elements), *this),
      change_(*link_) {
  isolation->when_free([this] { reader_.advance(); });
}

// Taking.

std::size_t list_intake::room(const list_reader&) const {
  return stopping_ ? 0 : concurrency_ - std::min(concurrency_, hands_.size());
}

void list_intake::on_taken(list_reader& at, std::vector<std::string> elements) {
  if (stopping_ && !elements.empty()) {
    at.elements().give_back(elements, settling());
  } else {
    for (const auto& each : elements) begin(each);
  }
  change_.open();
}

void list_intake::on_refused(const list_reader& at, const error& why) {
  change_.open();
  if (why.code() == errc::closed || why.code() == condition::retryable) return;
  link_->emit(events::read_failed{
      .stream = at.key(), .group = group_, .reason = why.code(), .text = why.what()});
}

std::shared_ptr<list_taker> list_intake::kept() {
  return {shared_from_this(), static_cast<list_taker*>(this)};
}

void list_intake::concurrency(std::size_t messages) {
  concurrency_ = messages;
  reader_.advance();
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
    reader_.elements().forget(by->element, settling());
  } else if (stopping_ && is_cancellation(failure)) {
    // By the end of the drain: it has not failed.
    reader_.elements().give_back({by->element}, settling());
  } else {
    bury(by->element, thrown_text(failure));
  }
  reader_.advance();
  change_.open();
}

void list_intake::bury(const std::string& element, const std::string& reason) {
  reader_.elements().bury(element, {.reason = reason}, settling());
}

message_list::finished list_intake::settling() {
  ++settling_;
  return [self = shared_from_this()](const error*) {
    --self->settling_;
    self->change_.open();
  };
}

asio::awaitable<std::optional<std::uint64_t>> list_intake::backlog(
    std::shared_ptr<list_intake> self) {
  command length("LLEN");
  length.arg(self->reader_.key()).repeatable(true);
  const auto answer = co_await exec_on(self->link_, std::move(length));
  co_return answer.as<std::uint64_t>();
}

// The end.

void list_intake::stop() noexcept {
  if (std::exchange(stopping_, true)) return;
  reader_.stop();
  change_.open();
}

bool list_intake::idle() const noexcept {
  return hands_.empty() && settling_ == 0 && !reader_.under_way();
}

asio::awaitable<void> list_intake::run(std::shared_ptr<list_intake> self) {
  self->reader_.open();
  while (!self->stopping_) {
    co_await self->change_.wait();
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none || self->link_->closed()) self->stop();
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await self->drain();
}

asio::awaitable<void> list_intake::drain() {
  co_await wait_until_idle(link_->time().now() + how_.drain_within());
  if (!idle()) {
    const auto late = hands_;
    for (const auto& each : late) each->cancel.emit(asio::cancellation_type::terminal);
    co_await wait_until_idle(link_->time().now() + grace_of_the_cancelled);
  }
  reader_.elements().leave(settling());
  co_await wait_until_idle(link_->time().now() + grace_of_the_cancelled);
}

asio::awaitable<void> list_intake::wait_until_idle(clock::time_point limit) {
  while (!idle() && link_->time().now() < limit) co_await change_.wait(limit);
}

}  // namespace sluice
