#include "sluice/group/delivery.hpp"

#include "core/bounded.hpp"
#include "group/group_lane.hpp"
#include "redis/script_call.hpp"

#include <exception>
#include <utility>

namespace sluice {
namespace {

group_lane& lane_of(const std::shared_ptr<const stream_origin>& origin) {
  // Only group_lane makes deliveries.
  return const_cast<group_lane&>(static_cast<const group_lane&>(*origin));
}

boost::asio::awaitable<void> wait_for(std::shared_ptr<const stream_origin> origin,
                                      std::shared_ptr<ack_batch> batch, std::string id) {
  ack_wait wait(lane_of(origin).connection_of(), std::move(batch));
  if (wait.must_wait()) co_await wait.wait();
  wait.check(id);
}

boost::asio::awaitable<void> nothing_to_settle() { co_return; }

error lost_to_others() {
  return error(errc::lease_lost, "it belongs to another member now, or is not pending any more");
}

// The lane learns what became of a step even where nobody waits for it any more.
script_handler tell_lane(const std::shared_ptr<const stream_origin>& origin,
                         const std::string& id) {
  lane_of(origin).on_leaving(id);
  return [origin, id](const script_outcome& outcome) {
    auto& lane = lane_of(origin);
    lane.on_left(id);
    if (outcome.failure != nullptr) lane.on_unsettled({id}, ownership::attempt::counted);
  };
}

boost::asio::awaitable<void> run_give_back(std::shared_ptr<const stream_origin> origin,
                                           std::string id, std::chrono::milliseconds delay) {
  auto& lane = lane_of(origin);
  const std::vector<std::string> ids{id};
  const auto step = ownership::give_back(lane.place(), std::string(lane.member_name()), ids, delay,
                                         ownership::attempt::counted);
  script_wait done(lane.connection_of());
  auto tell = tell_lane(origin, id);
  done.start(*step.what, step.keys, step.arguments, std::move(tell));
  if (done.pending()) co_await done.wait();
  const reply answer = done.take();
  const auto& lost = answer.value()[0];
  // When it was asked twice, it has moved the first time what it does not find the second time:
  // except what was taken away from a silent member in between.
  if (lost.size() > 0 && (!done.repeated() || lost[0].text() == owner::orphaned)) {
    throw lost_to_others();
  }
  lane.look_for_released();
}

boost::asio::awaitable<void> run_bury(std::shared_ptr<const stream_origin> origin, std::string id,
                                      cause_of_death why) {
  auto& lane = lane_of(origin);
  const auto step = lane.burial_of(id, why);
  script_wait done(lane.connection_of());
  auto tell = tell_lane(origin, id);
  done.start(*step.what, step.keys, step.arguments, std::move(tell));
  if (done.pending()) co_await done.wait();
  const reply answer = done.take();
  if (!burial::succeeded(answer.value(), done.repeated())) throw lost_to_others();
  lane.tell_burial(id, why.reason);
}

boost::asio::awaitable<void> run_extend(std::shared_ptr<const stream_origin> origin,
                                        std::uint64_t number, std::string id) {
  auto& lane = lane_of(origin);
  const auto step = ownership::renew(lane.place(), std::string(lane.member_name()), {id});
  const auto when = lane.connection_of().now();
  script_wait done(lane.connection_of());
  done.start(*step.what, step.keys, step.arguments);
  if (done.pending()) co_await done.wait();
  const reply answer = done.take();
  if (answer.value().size() == 0) co_return lane.on_extended(number, when);
  lane.on_lost({id});
  throw lost_to_others();
}

}  // namespace

delivery::delivery(std::shared_ptr<const stream_origin> lane, buffer_ref bytes, std::string_view id,
                   const char* values, std::uint64_t number, bool redelivered,
                   std::int64_t delivery_count) noexcept
    : entry(std::move(lane), std::move(bytes), id, values),
      number_(number),
      delivery_count_(delivery_count),
      redelivered_(redelivered) {}

delivery::delivery(delivery&& other) noexcept
    : entry(std::move(other)),
      number_(std::exchange(other.number_, 0)),
      delivery_count_(other.delivery_count_),
      redelivered_(other.redelivered_) {}

delivery& delivery::operator=(delivery&& other) noexcept {
  if (this == &other) return *this;
  release();
  number_ = std::exchange(other.number_, 0);
  delivery_count_ = other.delivery_count_;
  redelivered_ = other.redelivered_;
  entry::operator=(std::move(other));
  return *this;
}

delivery::~delivery() { release(); }

void delivery::release() noexcept {
  if (number_ != 0)
    lane_of(origin()).drop(std::exchange(number_, 0), std::uncaught_exceptions() > 0);
}

const std::string& delivery::group() const noexcept {
  return lane_of(origin()).membership().name();
}

const std::string& delivery::consumer() const noexcept {
  return lane_of(origin()).membership().consumer();
}

std::optional<std::int64_t> delivery::delivery_count() const noexcept {
  if (delivery_count_ >= 0) return delivery_count_ + 1;
  return std::nullopt;
}

std::string delivery::token() const {
  return std::string(id_text()) + ':' + std::to_string(delivery_count_ + 1);
}

bool delivery::lease_lost() const noexcept {
  return number_ != 0 && lane_of(origin()).lost(number_);
}

void delivery::when_lease_lost(std::function<void()> tell) {
  if (number_ == 0) return;
  if (lease_lost()) return tell();
  lane_of(origin()).when_lost(number_, std::move(tell));
}

void delivery::refuse_unless_held() const {
  if (!origin() || number_ == 0) {
    throw error(errc::already_settled, "this delivery was settled or moved from before");
  }
  if (lease_lost()) {
    throw error(errc::lease_lost, diagnostics("it belongs to another member now")
                                      .stream(stream())
                                      .group(group())
                                      .id(std::string(id_text())));
  }
}

boost::asio::awaitable<void> delivery::ack() && {
  if (origin() && lane_of(origin()).membership().auto_acknowledge()) return nothing_to_settle();
  refuse_unless_held();
  auto batch = lane_of(origin()).settle(std::exchange(number_, 0), id_text());
  return wait_for(origin(), std::move(batch), std::string(id_text()));
}

void delivery::ack_later() && {
  if (origin() && lane_of(origin()).membership().auto_acknowledge()) return;
  refuse_unless_held();
  lane_of(origin()).settle(std::exchange(number_, 0), id_text());
}

boost::asio::awaitable<void> delivery::nack(std::chrono::milliseconds delay) && {
  if (delay < std::chrono::milliseconds(0)) {
    throw error(errc::invalid_argument, "a delay cannot be negative");
  }
  if (origin() && lane_of(origin()).membership().auto_acknowledge()) return nothing_to_settle();
  refuse_unless_held();
  lane_of(origin()).settle_quietly(std::exchange(number_, 0), id_text());
  return run_give_back(origin(), std::string(id_text()), bounded(delay));
}

boost::asio::awaitable<void> delivery::reject(std::string reason) && {
  return std::move(*this).reject(std::move(reason), std::string());
}

boost::asio::awaitable<void> delivery::reject(std::string reason, std::string error_text) && {
  if (origin() && lane_of(origin()).membership().auto_acknowledge()) return nothing_to_settle();
  refuse_unless_held();
  lane_of(origin()).settle_quietly(std::exchange(number_, 0), id_text());
  cause_of_death why{std::move(reason), std::move(error_text)};
  return run_bury(origin(), std::string(id_text()), std::move(why));
}

boost::asio::awaitable<void> delivery::extend() {
  if (origin() && !lane_of(origin()).membership().keeps_leases()) return nothing_to_settle();
  refuse_unless_held();
  return run_extend(origin(), number_, std::string(id_text()));
}

}  // namespace sluice
