#include "sluice/group/delivery.hpp"

#include "group/group_lane.hpp"

#include <utility>

namespace sluice {
namespace {

group_lane& lane_of(const std::shared_ptr<const stream_origin>& origin) {
  // Only group_lane makes deliveries.
  return const_cast<group_lane&>(static_cast<const group_lane&>(*origin));
}

boost::asio::awaitable<void> wait_for(std::shared_ptr<const stream_origin> origin,
                                      std::shared_ptr<ack_batch> batch) {
  ack_wait wait(lane_of(origin).connection_of(), std::move(batch));
  if (wait.must_wait()) co_await wait.wait();
  wait.check();
}

boost::asio::awaitable<void> nothing_to_settle() { co_return; }

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
  if (number_ != 0) lane_of(origin()).drop(std::exchange(number_, 0));
}

const std::string& delivery::group() const noexcept {
  return lane_of(origin()).membership().name();
}

const std::string& delivery::consumer() const noexcept {
  return lane_of(origin()).membership().consumer();
}

std::optional<std::int64_t> delivery::delivery_count() const noexcept {
  if (delivery_count_ > 0) return delivery_count_ + 1;
  return std::nullopt;
}

boost::asio::awaitable<void> delivery::ack() && {
  if (origin() && lane_of(origin()).membership().auto_acknowledge()) return nothing_to_settle();
  if (!origin() || number_ == 0) {
    throw error(errc::already_settled, "this delivery was settled or moved from before");
  }
  auto batch = lane_of(origin()).settle(std::exchange(number_, 0), id_text());
  return wait_for(origin(), std::move(batch));
}

void delivery::ack_later() && {
  if (origin() && lane_of(origin()).membership().auto_acknowledge()) return;
  if (!origin() || number_ == 0) {
    throw error(errc::already_settled, "this delivery was settled or moved from before");
  }
  lane_of(origin()).settle(std::exchange(number_, 0), id_text());
}

}  // namespace sluice
