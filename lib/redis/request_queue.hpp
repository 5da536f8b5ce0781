// All requests whose reply is outstanding, in the order of their replies, with their bytes.
#pragma once

#include "redis/out_log.hpp"
#include "redis/wire_request.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <vector>

namespace sluice {

/// Pure. The rule that keeps replies in step lives here: a request's place lasts until its reply
/// has been consumed, whatever its sender does.
class request_queue {
 public:
  using ticket = std::uint64_t;
  using time_point = clock::time_point;

  struct place {
    reply_sink* sink;  // null once nobody waits
    ticket number;
    std::uint64_t start;  // offset of its first byte in the stream of all bytes queued so far
    std::uint32_t size;
    std::uint32_t replies;  // still to come
    std::uint32_t replies_in_all;
    risk when_cut;
    answer_kind answered_by;
    time_point deadline;
    time_point submitted;
    bool sent_before;  // on an earlier link, or as another request
  };

  // Requests.

  ticket push(const wire_request& what, reply_sink& sink, time_point now);
  /// Nobody waits any more. An unsent request is dropped; a sent one keeps its place.
  void abandon(ticket which) noexcept;
  bool empty() const noexcept { return places_.empty(); }
  std::size_t size() const noexcept { return places_.size(); }
  std::size_t bytes() const noexcept { return log_.size(); }
  bool sent(const place& which) const noexcept { return which.start < written_end(); }
  bool may_have_been_executed(const place& which) const noexcept {
    return which.sent_before || sent(which);
  }

  // Writing.

  std::size_t gather(std::span<std::string_view> pieces);
  void written(std::size_t bytes) noexcept { log_.written(bytes); }
  /// Forgets dropped requests where nobody writes: while there is no link.
  void sweep();

  // Answers.

  const place& head() const noexcept { return places_.front(); }
  /// Whether the server can have answered the head: enough of it was written.
  bool head_can_be_answered() const noexcept;
  /// The first bytes of the head, for its command's name.
  std::string_view head_bytes() const { return log_.first_piece(); }
  /// Consumes one reply of the head; the place goes with its last one. Returns who waits, or null.
  reply_sink* answer_head();

  // Ends.

  /// What became of the requests when the link broke.
  struct breakage {
    std::vector<reply_sink*> unknown;  // sent, not answered, not to be repeated
    std::vector<reply_sink*> bound;    // to the link
    reply_sink* at_fault = nullptr;    // its own reply broke the link: repeating it would again
    std::size_t repeated = 0;
  };
  /// Keeps what was not sent and what may be sent again, for the next link. Requests of `of_link`
  /// belonged to the old one and are dropped, and so is the head when it `is_at_fault`.
  breakage break_link(const reply_sink& of_link, bool head_is_at_fault);
  /// Takes out those whose deadline has come, leaving the places of sent ones.
  template <class Tell>
  std::size_t expire(time_point now, Tell&& tell);
  time_point earliest_deadline() const noexcept { return earliest_deadline_; }
  /// Empties the queue; returns all who waited.
  std::vector<reply_sink*> clear();

 private:
  std::uint64_t written_end() const noexcept { return log_start_ + log_.written_size(); }
  template <class Keep>
  void rebuild(Keep&& keep);

  std::deque<place> places_;
  ticket last_ticket_ = 0;
  out_log log_;
  std::uint64_t log_start_ = 0;
  std::size_t dropped_ = 0;  // whose bytes are still in the log
  time_point earliest_deadline_ = time_point::max();
};

template <class Tell>
std::size_t request_queue::expire(time_point now, Tell&& tell) {
  std::vector<place> expired;
  auto next = time_point::max();
  for (auto& each : places_) {
    if (each.sink == nullptr) continue;
    if (each.deadline > now) {
      next = std::min(next, each.deadline);
      continue;
    }
    expired.push_back(each);
    each.sink = nullptr;
    if (!sent(each)) ++dropped_;
  }
  earliest_deadline_ = next;
  for (const auto& each : expired) tell(each);
  return expired.size();
}

}  // namespace sluice
