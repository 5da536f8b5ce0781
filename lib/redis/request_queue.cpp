#include "redis/request_queue.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

request_queue::ticket request_queue::push(const wire_request& what, reply_sink& sink,
                                          time_point now) {
  places_.push_back(place{.sink = &sink,
                          .number = ++last_ticket_,
                          .start = log_start_ + log_.size(),
                          .size = static_cast<std::uint32_t>(what.frames.size()),
                          .replies = what.replies,
                          .replies_in_all = what.replies,
                          .when_cut = what.when_cut,
                          .answered_by = what.answered_by,
                          .deadline = what.deadline,
                          .submitted = now,
                          .sent_before = what.sent_before});
  try {
    log_.append(what.frames);
  } catch (...) {
    places_.pop_back();
    throw;
  }
  earliest_deadline_ = std::min(earliest_deadline_, what.deadline);
  return last_ticket_;
}

void request_queue::abandon(ticket which) noexcept {
  const auto found = std::lower_bound(places_.begin(), places_.end(), which,
                                      [](const place& s, ticket t) { return s.number < t; });
  if (found == places_.end() || found->number != which) return;
  found->sink = nullptr;
  if (!sent(*found)) ++dropped_;
}

std::size_t request_queue::gather(std::span<std::string_view> pieces) {
  if (dropped_ > 0) rebuild([&](const place& each) { return each.sink != nullptr || sent(each); });
  return log_.all_written() ? 0 : log_.gather(pieces);
}

void request_queue::sweep() {
  // Each sweep halves the queue at least, so that dropping many costs little for each.
  if (dropped_ <= 64 || dropped_ <= places_.size() / 2) return;
  rebuild([&](const place& each) { return each.sink != nullptr || sent(each); });
}

bool request_queue::head_can_be_answered() const noexcept {
  if (places_.empty()) return false;
  // The first commands of a unit may be answered while its rest is still to be written.
  const auto& head = places_.front();
  return head.replies > 1 ? sent(head) : head.start + head.size <= written_end();
}

reply_sink* request_queue::answer_head() {
  auto& head = places_.front();
  auto* const sink = head.sink;
  if (--head.replies > 0) return sink;
  log_.release(head.size);
  log_start_ += head.size;
  places_.pop_front();
  return sink;
}

request_queue::breakage request_queue::break_link(const reply_sink& of_link,
                                                  bool head_is_at_fault) {
  breakage result;
  const auto* const fault = head_is_at_fault && !places_.empty() ? &places_.front() : nullptr;
  rebuild([&](place& each) {
    if (each.sink == nullptr || each.sink == &of_link) return false;
    if (&each == fault) {
      result.at_fault = each.sink;
      return false;
    }
    if (each.when_cut == risk::bound) {
      if (sent(each)) each.sink->on_repeated();
      result.bound.push_back(each.sink);
      return false;
    }
    if (!sent(each)) return true;
    if (each.when_cut == risk::repeatable) {
      // A unit that was answered in part is repeated whole, and so are its replies.
      each.replies = each.replies_in_all;
      each.sent_before = true;
      ++result.repeated;
      each.sink->on_repeated();
      return true;
    }
    result.unknown.push_back(each.sink);
    return false;
  });
  log_.rewind();
  return result;
}

template <class Keep>
void request_queue::rebuild(Keep&& keep) {
  std::deque<place> kept;
  out_log log;
  const auto was_written = log_.written_size();
  std::size_t written = 0;
  for (auto& each : places_) {
    if (!keep(each)) continue;
    const auto offset = static_cast<std::size_t>(each.start - log_start_);
    log_.copy_to(log, offset, each.size);
    if (offset < was_written) written += std::min<std::size_t>(each.size, was_written - offset);
    kept.push_back(each);
  }
  auto start = log_start_;
  for (auto& each : kept) {
    each.start = start;
    start += each.size;
  }
  log.written(written);
  places_ = std::move(kept);
  log_ = std::move(log);
  dropped_ = 0;
}

std::vector<reply_sink*> request_queue::clear() {
  std::vector<reply_sink*> waiting;
  for (const auto& each : std::exchange(places_, {})) {
    if (each.sink != nullptr) waiting.push_back(each.sink);
  }
  log_start_ += log_.size();
  log_ = out_log();
  dropped_ = 0;
  earliest_deadline_ = time_point::max();
  return waiting;
}

}  // namespace sluice
