#include "core/timer_queue.hpp"

namespace sluice {

void timer_queue::set(timed& who, clock::time_point at) {
  if (!who.waits_for_time()) {
    heap_.push_back(&who);
    who.position_ = heap_.size() - 1;
  }
  who.at_ = at;
  rise(who.position_);
  sink(who.position_);
}

void timer_queue::cancel(timed& who) noexcept {
  if (!who.waits_for_time()) return;
  const auto hole = who.position_;
  who.position_ = timed::nowhere;
  auto* const last = heap_.back();
  heap_.pop_back();
  if (last == &who) return;
  place(hole, last);
  rise(hole);
  sink(last->position_);
}

clock::time_point timer_queue::next() const noexcept {
  return heap_.empty() ? clock::time_point::max() : heap_.front()->at_;
}

void timer_queue::ring(clock::time_point now) {
  // Bounded by who waits at the start: somebody who asks for "now" again waits for the next turn.
  for (auto left = heap_.size(); left > 0 && next() <= now; --left) {
    auto* const due = heap_.front();
    cancel(*due);
    due->on_time();
  }
}

void timer_queue::place(std::size_t position, timed* who) noexcept {
  heap_[position] = who;
  who->position_ = position;
}

void timer_queue::rise(std::size_t position) noexcept {
  auto* const who = heap_[position];
  while (position > 0) {
    const auto parent = (position - 1) / 2;
    if (heap_[parent]->at_ <= who->at_) break;
    place(position, heap_[parent]);
    position = parent;
  }
  place(position, who);
}

void timer_queue::sink(std::size_t position) noexcept {
  auto* const who = heap_[position];
  for (;;) {
    auto child = 2 * position + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->at_ < heap_[child]->at_) ++child;
    if (who->at_ <= heap_[child]->at_) break;
    place(position, heap_[child]);
    position = child;
  }
  place(position, who);
}

}  // namespace sluice
