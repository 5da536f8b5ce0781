#include "kafka/partition.hpp"

#include <algorithm>
#include <utility>

namespace sluice::kafka {
namespace {

// Of so many messages at most it is only here that they are done with, while an earlier one is not.
constexpr std::size_t ahead_at_most = 1'000;

}  // namespace

partition::partition(rd_kafka_t& client, bell& rung, std::string topic, std::int32_t number,
                     trouble_handler on_trouble)
    : client_(&client),
      topic_(std::move(topic)),
      number_(number),
      on_trouble_(std::move(on_trouble)),
      fetched_(rd_kafka_queue_new(&client)) {
  const native_queue whole(rd_kafka_queue_get_partition(&client, topic_.c_str(), number));
  if (whole) rd_kafka_queue_forward(whole.get(), fetched_.get());
  rung.listen_to(*fetched_);
}

partition::~partition() { drop(); }

void partition::on_mark(const attempt_mark& found) {
  if (phase_ != phase::unknown) return;
  committed_ = found;
  phase_ = phase::marked;
}

std::optional<taken> partition::poll() {
  while (true) {
    native_event next(rd_kafka_queue_poll(fetched_.get(), 0));
    if (!next) return std::nullopt;
    if (rd_kafka_event_type(next.get()) != RD_KAFKA_EVENT_FETCH) {
      on_trouble_(*next);
      if (!fetched_) return std::nullopt;
      continue;
    }
    taken found(std::move(next));
    if (found.failure() == RD_KAFKA_RESP_ERR_NO_ERROR) return found;
  }
}

std::optional<taken> partition::take(std::size_t concurrency) {
  if (phase_ == phase::marked) {
    first_ = poll();
    if (!first_) return std::nullopt;
    begun_ = committed_.next(first_->offset());
    if (begun_.begun > 1) alone_ = concurrency;
    phase_ = phase::claiming;
  }
  if (phase_ != phase::open) return std::nullopt;
  if (alone_ > 0 && in_hand_ > 0) return std::nullopt;
  if (ledger_.span() >= ahead_at_most) return std::nullopt;
  auto next = first_ ? std::exchange(first_, std::nullopt) : poll();
  if (!next) return std::nullopt;
  ledger_.hand_out(next->offset());
  ++in_hand_;
  return next;
}

std::int64_t partition::begun_at(std::int64_t offset) const noexcept {
  return offset == begun_.offset ? begun_.begun : 1;
}

void partition::settle(std::int64_t offset) {
  if (phase_ == phase::dropped) return;
  ledger_.settle(offset);
  if (alone_ > 0) --alone_;
}

std::optional<attempt_mark> partition::wanted_commit() const {
  if (phase_ == phase::claiming) return begun_;
  if (phase_ != phase::open && phase_ != phase::leaving) return std::nullopt;
  const auto next = ledger_.done_before();
  if (!next) return std::nullopt;
  const bool leaving = phase_ == phase::leaving;
  attempt_mark wanted{*next, 0};
  if (ledger_.has_hand_on_it()) wanted.begun = begun_at(*next) - (leaving ? 1 : 0);
  const bool news = leaving ? wanted != committed_ : wanted.offset != committed_.offset;
  if (!news) return std::nullopt;
  return wanted;
}

void partition::on_committed(const attempt_mark& what) {
  committed_ = what;
  if (phase_ == phase::claiming) phase_ = phase::open;
}

void partition::leave() noexcept {
  // A claim that may be under way is taken back like any other.
  if (phase_ == phase::claiming) {
    phase_ = phase::leaving;
    ledger_.hand_out(begun_.offset);
  } else if (phase_ == phase::open) {
    if (first_) ledger_.hand_out(first_->offset());
    phase_ = phase::leaving;
  } else if (phase_ != phase::dropped) {
    phase_ = phase::leaving;
  }
  first_.reset();
}

void partition::drop() noexcept {
  if (std::exchange(phase_, phase::dropped) == phase::dropped) return;
  first_.reset();
  const native_queue whole(rd_kafka_queue_get_partition(client_, topic_.c_str(), number_));
  if (whole) rd_kafka_queue_forward(whole.get(), nullptr);
  bell::mute(*fetched_);
  fetched_.reset();
}

std::int64_t partition::lag() const {
  if (phase_ == phase::dropped) return 0;
  std::int64_t low = RD_KAFKA_OFFSET_INVALID;
  std::int64_t high = RD_KAFKA_OFFSET_INVALID;
  rd_kafka_get_watermark_offsets(client_, topic_.c_str(), number_, &low, &high);
  if (high < 0) return 0;
  // A group that has committed nothing begins with the oldest message; until one has come there is
  // none, as far as is known.
  auto from = committed_.offset;
  if (from < 0) from = first_ ? first_->offset() : low;
  return from < 0 ? 0 : std::max<std::int64_t>(high - from, 0);
}

}  // namespace sluice::kafka
