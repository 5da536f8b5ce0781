#include "group/acknowledger.hpp"

#include "redis/call.hpp"
#include "resp/writer.hpp"

#include "sluice/redis/command.hpp"

#include <utility>

namespace sluice {
namespace {

// Long enough to be cheap, short enough that the server is never busy for long with one command.
constexpr std::size_t most_ids = 1'000;

}  // namespace

void ack_batch::add(std::string_view id) {
  // Room for a small batch at once; growing from nothing would copy it again and again.
  if (ids_.empty()) ids_.reserve(1'024);
  const auto used = ids_.size();
  ids_.resize(used + resp::argument_size(id.size()));
  resp::encoder(ids_.data() + used).argument(id);
  ++size_;
}

void ack_batch::on_reply(const resp::value& value, const buffer_ref&) {
  if (value.is_error()) {
    failure_ = server_error(value, "XACK");
  } else {
    confirmed_ = repeated_ ? size_ : static_cast<std::size_t>(value.integer().value_or(0));
  }
  finish();
}

void ack_batch::on_failure(const error& why) {
  failure_ = why;
  finish();
}

void ack_batch::finish() {
  settled_ = true;
  for (auto* each : std::exchange(waiters_, {})) each->make_ready();
  // The callback may hold the last reference to this batch.
  if (const auto told = std::exchange(on_settled_, nullptr)) told();
}

acknowledger::acknowledger(connection& link, std::string stream, std::string group,
                           owner_source owner)
    : link_(link), stream_(std::move(stream)), group_(std::move(group)), owner_(std::move(owner)) {}

acknowledger::~acknowledger() { link_.leave_turn_end(*this); }

const std::shared_ptr<ack_batch>& acknowledger::add(std::string_view id) {
  const bool first = gathering_ == nullptr;
  if (first) newest_ = gathering_ = std::make_shared<ack_batch>();
  gathering_->add(id);
  if (first) {
    keep_alive_ = owner_();
    link_.at_turn_end(*this);
  } else if (gathering_->size() == most_ids) {
    send();
  }
  return newest_;
}

void acknowledger::send() {
  if (!gathering_) return;
  link_.leave_turn_end(*this);
  on_turn_end();
}

void acknowledger::on_turn_end() {
  const auto batch = std::exchange(gathering_, nullptr);
  const auto owner = std::exchange(keep_alive_, nullptr);
  if (!batch) return;
  batch->sent_ = true;
  batch->on_settled_ = [this, batch, owner] { report(*batch); };

  const auto header = resp::header_size(batch->size() + 3);
  std::string frame(header + resp::argument_size(4) + resp::argument_size(stream_.size()) +
                        resp::argument_size(group_.size()),
                    '\0');
  resp::encoder(frame.data())
      .header(batch->size() + 3)
      .argument("XACK")
      .argument(stream_)
      .argument(group_);
  frame += std::exchange(batch->ids_, {});
  // No deadline: acknowledging again and again until the server has heard it does no harm, and
  // giving up would only make somebody do the work twice.
  link_.submit({.frames = frame, .replies = 1, .when_cut = risk::repeatable}, *batch);
}

void acknowledger::report(const ack_batch& done) {
  link_.counted().acknowledged += done.confirmed();
  const auto missing = done.size() - std::min(done.size(), done.confirmed());
  if (missing == 0 || !link_.has_event_handler()) return;
  const error lost(
      errc::already_settled,
      "not pending any more: settled or claimed by another consumer, or the group is gone");
  const auto& why = done.failure() ? *done.failure() : lost;
  link_.emit(events::acknowledgement_failed{.stream = stream_,
                                            .group = group_,
                                            .entries = missing,
                                            .reason = why.code(),
                                            .text = why.what()});
}

bool ack_wait::must_wait() {
  if (batch_->settled()) return false;
  batch_->wait(*this);
  return true;
}

void ack_wait::check() const {
  if (!batch_->settled()) throw error(errc::cancelled, "cancelled; the acknowledgement is sent");
  if (batch_->failure()) throw *batch_->failure();
  if (batch_->size() > 0 && batch_->confirmed() == 0) {
    throw error(errc::already_settled,
                "the server found it no longer pending: settled or claimed by another consumer");
  }
}

}  // namespace sluice
