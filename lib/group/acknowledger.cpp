#include "group/acknowledger.hpp"

#include "redis/call.hpp"
#include "resp/writer.hpp"

#include "sluice/redis/command.hpp"

#include <algorithm>
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

// "$15\r\n1526919030474-0\r\n" each.
std::vector<std::string> ack_batch::ids() const {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < ids_.size();) {
    const auto first = ids_.find('\n', at) + 1;
    const auto end = ids_.find('\r', first);
    found.push_back(ids_.substr(first, end - first));
    at = end + 2;
  }
  return found;
}

bool ack_batch::contains(std::string_view id) const {
  return ids_.find(std::string("\r\n").append(id).append("\r\n")) != std::string::npos;
}

void ack_batch::on_reply(const resp::value& value, const buffer_ref&) {
  if (way_ != way::watched) return take_answer(value);
  if (!fenced_.take(value)) return;
  if (value.is_aggregate()) return take_answer(value[0]);
  doubtful_ = true;
  repeated_ = repeated_ || fenced_.refused();
  send_again_();
}

void ack_batch::take_answer(const resp::value& value) {
  if (value.is_error()) {
    const auto why = server_error(value, "XACK");
    if (why.code() == errc::no_script && way_ == way::script) return send_again_();
    failure_ = why;
  } else if (value.is_aggregate()) {
    take_refusals(value);
  } else {
    confirmed_ = repeated_ ? size_ : static_cast<std::size_t>(value.integer().value_or(0));
  }
  finish();
}

void ack_batch::take_refusals(const resp::value& value) {
  confirmed_ = size_;
  for (std::size_t i = 0; i + 1 < value.size(); i += 2) {
    const auto owner = value[i + 1].text();
    if (repeated_ && owner.empty()) continue;
    refused_.push_back({std::string(value[i].text()), std::string(owner)});
    --confirmed_;
  }
}

std::optional<error> ack_batch::refusal(std::string_view id) const {
  const auto found = std::find_if(refused_.begin(), refused_.end(),
                                  [id](const refused_entry& each) { return each.id == id; });
  if (found == refused_.end()) return std::nullopt;
  if (found->owner.empty()) {
    return error(errc::already_settled, "the server found it no longer pending");
  }
  return error(errc::lease_lost, "it belongs to '" + found->owner + "' now");
}

void ack_batch::on_failure(const error& why) {
  if (way_ == way::watched && why.code() == errc::connection_lost) return send_again_();
  failure_ = why;
  finish();
}

void ack_batch::finish() {
  settled_ = true;
  send_again_ = nullptr;
  for (auto* each : std::exchange(waiters_, {})) each->make_ready();
  // The callback may hold the last reference to this batch.
  if (const auto told = std::exchange(on_settled_, nullptr)) told();
}

acknowledger::acknowledger(connection& link, group_place at, std::string member,
                           std::unique_ptr<watched_fence> fence, owner_source owner,
                           failure_handler failed)
    : link_(link),
      at_(std::move(at)),
      member_(std::move(member)),
      fence_(std::move(fence)),
      owner_(std::move(owner)),
      failed_(std::move(failed)) {}

acknowledger::~acknowledger() { link_.leave_turn_end(*this); }

const std::shared_ptr<ack_batch>& acknowledger::add(std::string_view id, bool doubtful) {
  const bool first = gathering_ == nullptr;
  if (first) newest_ = gathering_ = std::make_shared<ack_batch>();
  gathering_->add(id);
  gathering_->doubtful_ = gathering_->doubtful_ || doubtful;
  if (first) {
    under_way_.push_back(newest_);
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
  batch->on_settled_ = [this, batch, owner] {
    report(*batch);
    batch->ids_ = {};
    std::erase(under_way_, batch);
  };
  // `on_settled_` keeps the batch.
  batch->send_again_ = [this, what = batch.get()] { submit(*what); };
  submit(*batch);
}

void acknowledger::submit(ack_batch& batch) {
  using way = ack_batch::way;
  const bool again = batch.way_ != way::none;
  batch.way_ = choose_way(batch);
  const bool watched = batch.way_ == way::watched;
  const auto frame = watched                    ? fence_->around(plain_frame(batch))
                     : batch.way_ == way::plain ? plain_frame(batch)
                                                : script_frame(batch);
  // No deadline: acknowledging again and again until the server has heard it does no harm, and
  // giving up would only make somebody do the work twice.
  link_.submit({.frames = frame,
                .replies = watched ? fenced_replies::count : 1,
                .when_cut = watched ? risk::bound : risk::repeatable,
                .goes_on = again},
               batch);
}

ack_batch::way acknowledger::choose_way(const ack_batch& batch) {
  using way = ack_batch::way;
  if (!fence_) return way::plain;
  if (batch.way_ == way::script) return way::script_in_full;
  // What went wrong once, and what others may have, goes by the script, which asks for each entry.
  if (batch.way_ == way::watched) fence_->heed(batch.fenced_);
  const bool simple = batch.way_ == way::none && !batch.doubtful_;
  return simple && fence_->usable() ? way::watched : way::script;
}

std::string acknowledger::plain_frame(const ack_batch& batch) const {
  const auto header = resp::header_size(batch.size() + 3);
  std::string frame(header + resp::argument_size(4) + resp::argument_size(at_.stream.size()) +
                        resp::argument_size(at_.group.size()),
                    '\0');
  frame.reserve(frame.size() + batch.ids_.size());
  resp::encoder(frame.data())
      .header(batch.size() + 3)
      .argument("XACK")
      .argument(at_.stream)
      .argument(at_.group);
  return frame += batch.ids_;
}

std::string acknowledger::script_frame(const ack_batch& batch) const {
  const auto step = ownership::acknowledge(at_, member_, batch.doubtful_);
  const bool in_full = batch.way_ == ack_batch::way::script_in_full;
  command head(in_full ? "EVAL" : "EVALSHA");
  head.arg(in_full ? step.what->text() : step.what->digest()).arg(step.keys.size());
  for (const auto& each : step.keys) head.arg(each);
  for (const auto& each : step.arguments) head.arg(each);
  const auto count = head.size() + batch.size();
  std::string frame(resp::header_size(count), '\0');
  frame.reserve(frame.size() + head.encoded().size() + batch.ids_.size());
  resp::encoder(frame.data()).header(count);
  return (frame += head.encoded()) += batch.ids_;
}

void acknowledger::report(const ack_batch& done) {
  if (done.way_ == ack_batch::way::watched) fence_->heed(done.fenced_);
  link_.counted().acknowledged += done.confirmed();
  if (done.failure()) failed_(done.ids());
  const auto missing = done.size() - std::min(done.size(), done.confirmed());
  if (missing == 0 || !link_.has_event_handler()) return;
  const error lost(
      errc::already_settled,
      "not pending any more: settled or claimed by another consumer, or the group is gone");
  const auto& why = done.failure() ? *done.failure() : lost;
  link_.emit(events::acknowledgement_failed{.stream = at_.stream,
                                            .group = at_.group,
                                            .entries = missing,
                                            .reason = why.code(),
                                            .text = why.what()});
}

bool ack_wait::must_wait() {
  if (batch_->settled()) return false;
  batch_->wait(*this);
  return true;
}

void ack_wait::check(std::string_view id) const {
  if (!batch_->settled()) throw error(errc::cancelled, "cancelled; the acknowledgement is sent");
  if (batch_->failure()) throw *batch_->failure();
  if (const auto refused = batch_->refusal(id)) throw *refused;
  if (batch_->size() > 0 && batch_->confirmed() == 0) {
    throw error(errc::already_settled,
                "the server found it no longer pending: settled or claimed by another consumer");
  }
}

}  // namespace sluice
