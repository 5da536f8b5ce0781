// How a member of a group gets partitions and gives them up.
#include "kafka/failure.hpp"
#include "kafka/member.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace sluice::kafka {
namespace {

using namespace std::chrono_literals;

constexpr auto grace_of_handlers = 1s;
constexpr auto last_commit_within = 3s;
constexpr auto marks_within = 5s;

bool is_cooperative(rd_kafka_t& client) {
  return std::string_view(rd_kafka_rebalance_protocol(&client)) == "COOPERATIVE";
}

}  // namespace

std::shared_ptr<partition> member::find(const rd_kafka_topic_partition_t& which) const {
  const auto found =
      std::find_if(partitions_.begin(), partitions_.end(), [&which](const auto& each) {
        return each->number() == which.partition && each->topic() == which.topic;
      });
  return found == partitions_.end() ? nullptr : *found;
}

std::shared_ptr<intake> member::intake_of(std::string_view topic) const {
  const auto found = std::find_if(intakes_.begin(), intakes_.end(),
                                  [topic](const auto& each) { return each->topic() == topic; });
  return found == intakes_.end() ? nullptr : *found;
}

void member::on_rebalance(rd_kafka_event_t& what) {
  const auto* const which = rd_kafka_event_topic_partition_list(&what);
  const auto kind = rd_kafka_event_error(&what);
  if (kind == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) return assign(*which);
  if (kind == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) return revoke(*which);
  tell(code_of(kind), rd_kafka_err2str(kind));
  rd_kafka_assign(client_, nullptr);
}

// Getting.

void member::assign(const rd_kafka_topic_partition_list_t& which) {
  for (int i = 0; i < which.cnt; ++i) {
    const auto into = intake_of(which.elems[i].topic);
    if (!into || find(which.elems[i])) continue;
    const auto made = std::make_shared<partition>(
        *client_, *bell_, which.elems[i].topic, which.elems[i].partition,
        [whose = weak_from_this()](rd_kafka_event_t& trouble) {
          if (const auto self = whose.lock()) self->on_trouble(trouble);
        });
    partitions_.push_back(made);
    into->add(made);
    if (ending_ != ending::none) made->leave();
  }
  if (is_cooperative(*client_)) {
    const native_error refused(rd_kafka_incremental_assign(client_, &which));
    if (refused)
      tell(code_of(rd_kafka_error_code(refused.get())), rd_kafka_error_string(refused.get()));
  } else {
    rd_kafka_assign(client_, &which);
  }
  ask_marks();
}

void member::ask_marks() {
  const native_partitions unknown(rd_kafka_topic_partition_list_new(4));
  for (const auto& each : partitions_) {
    if (!each->waits_for_mark()) continue;
    rd_kafka_topic_partition_list_add(unknown.get(), each->topic().c_str(), each->number());
  }
  if (unknown->cnt == 0) return;
  ask_again_at_ = link_->time().now() + marks_within;
  const native_offsets_question question(
      rd_kafka_ListConsumerGroupOffsets_new(group_.c_str(), unknown.get()));
  auto* asked = question.get();
  rd_kafka_ListConsumerGroupOffsets(client_, &asked, 1, nullptr, queue_.get());
}

void member::on_marks(rd_kafka_event_t& answer) {
  const auto whole = rd_kafka_event_error(&answer);
  std::size_t count = 0;
  const auto* const result = rd_kafka_event_ListConsumerGroupOffsets_result(&answer);
  const auto* const* const groups =
      result == nullptr ? nullptr : rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count);
  if (whole != RD_KAFKA_RESP_ERR_NO_ERROR || count == 0) {
    ask_again_at_ = link_->time().now() + 500ms;
    return tell(code_of(whole), rd_kafka_event_error_string(&answer));
  }
  const auto* const lines = rd_kafka_group_result_partitions(groups[0]);
  for (int i = 0; lines != nullptr && i < lines->cnt; ++i) {
    const auto& line = lines->elems[i];
    const auto part = find(line);
    if (!part || line.err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    const std::string_view text(static_cast<const char*>(line.metadata),
                                line.metadata == nullptr ? 0 : line.metadata_size);
    part->on_mark(read_mark(line.offset, text));
  }
}

// Giving up.

void member::revoke(const rd_kafka_topic_partition_list_t& which) {
  if (revocation_) end_revocation();
  auto& what = revocation_.emplace();
  what.which.reset(rd_kafka_topic_partition_list_copy(&which));
  const bool ending = ending_ != ending::none;
  what.cancel_at = link_->time().now() + (ending ? 0ms : how_.chosen().rebalance_within());
  what.give_up_at = what.cancel_at + last_commit_within;
  for (int i = 0; i < which.cnt; ++i) {
    const auto part = find(which.elems[i]);
    if (!part) continue;
    part->leave();
    what.parts.push_back(part);
  }
}

// What is in hand is finished, then cancelled; what is done with is committed. Then the group goes
// on, whatever came of it.
void member::proceed_revocation() {
  if (!revocation_) return;
  auto& what = *revocation_;
  const auto now = link_->time().now();
  if (rd_kafka_assignment_lost(client_) != 0 || now >= what.give_up_at) return end_revocation();
  const auto busy = [](const auto& each) { return each->in_hand() > 0; };
  if (std::any_of(what.parts.begin(), what.parts.end(), busy)) {
    if (now < what.cancel_at) return;
    if (!std::exchange(what.cancelled, true)) {
      for (const auto& each : what.parts) {
        if (const auto into = intake_of(each->topic())) into->cancel(each.get());
      }
    }
    if (now < what.cancel_at + grace_of_handlers) return;
  }
  if (what.refused) return end_revocation();
  commit_progress();
  const auto wanting = [](const auto& each) { return each->wanted_commit().has_value(); };
  if (committing_.empty() && std::none_of(what.parts.begin(), what.parts.end(), wanting)) {
    end_revocation();
  }
}

void member::end_revocation() {
  const auto over = std::exchange(revocation_, std::nullopt);
  for (const auto& each : over->parts) drop(each);
  unassign(*over->which);
}

void member::unassign(const rd_kafka_topic_partition_list_t& which) {
  if (is_cooperative(*client_)) {
    const native_error refused(rd_kafka_incremental_unassign(client_, &which));
    if (refused)
      tell(code_of(rd_kafka_error_code(refused.get())), rd_kafka_error_string(refused.get()));
  } else {
    rd_kafka_assign(client_, nullptr);
  }
}

// Whoever still works on it works in vain.
void member::drop(const std::shared_ptr<partition>& which) noexcept {
  if (const auto into = intake_of(which->topic())) {
    into->cancel(which.get());
    into->remove(*which);
  }
  std::erase(partitions_, which);
  which->drop();
}

}  // namespace sluice::kafka
