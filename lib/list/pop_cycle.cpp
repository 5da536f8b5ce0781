#include "list/pop_cycle.hpp"

#include <algorithm>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr pop_cycle::duration net = 10s;
constexpr pop_cycle::duration poll = 50ms;
constexpr pop_cycle::duration least_damping = 1ms;
constexpr pop_cycle::duration most_damping = 1s;
constexpr pop_cycle::duration first_retry = 50ms;
constexpr pop_cycle::duration longest_retry = 5s;

// All lists are looked at by one clock, so that many of them cost one write.
pop_cycle::time_point next_beat(pop_cycle::time_point now) {
  return now - now.time_since_epoch() % poll + poll;
}

}  // namespace

void pop_cycle::on_link_ready(bool bell) noexcept {
  linked_ = dirty_ = true;
  bell_ = bell;
  rung_ = false;
  hold_until_ = time_point::min();
}

void pop_cycle::on_ring() noexcept { dirty_ = rung_ = true; }

pop_cycle::look pop_cycle::next(time_point now) noexcept {
  if (now >= look_at_) dirty_ = true;
  if (!linked_ || under_way_ || !dirty_ || now < hold_until_) return look::no;
  under_way_ = true;
  look_at_ = time_point::max();
  const bool quick_try = rung_ && damping_ > 0ms;
  arms_ = bell_ && !quick_try;
  if (!arms_) dirty_ = rung_ = false;
  return arms_ ? look::pop_and_arm : look::pop;
}

void pop_cycle::on_popped(std::size_t got, std::size_t asked, std::optional<std::int64_t> left,
                          time_point now) {
  const bool rung = std::exchange(rung_, false);
  under_way_ = false;
  failures_ = 0;
  hold_until_ = time_point::min();
  if (got > 0) damping_ = 0ms;
  if (!bell_) {
    dirty_ = dirty_ || got >= asked;
    if (!dirty_) look_at_ = next_beat(now);
    return;
  }
  if (!arms_) {
    dirty_ = true;
    if (got == 0) rest(now);
    return;
  }
  // Whatever rang before this answer is counted in it.
  dirty_ = left.value_or(0) > 0;
  look_at_ = now + between(net - net / 5, net + net / 5);
  if (rung && got == 0 && !dirty_) damping_ = std::clamp(2 * damping_, least_damping, most_damping);
}

// Others were faster. Until the end of this pause nothing rings here.
void pop_cycle::rest(time_point now) {
  damping_ = std::clamp(2 * damping_, least_damping, most_damping);
  hold_until_ = now + between(damping_ / 2, damping_);
}

void pop_cycle::on_failure(time_point now) {
  under_way_ = rung_ = false;
  dirty_ = true;
  const auto doublings = std::min<std::uint32_t>(failures_++, 10);
  const auto ceiling = std::min(first_retry * (1 << doublings), longest_retry);
  hold_until_ = now + between(ceiling / 2, ceiling);
}

pop_cycle::time_point pop_cycle::alarm() const noexcept {
  if (!linked_ || under_way_) return time_point::max();
  return dirty_ ? hold_until_ : look_at_;
}

pop_cycle::duration pop_cycle::between(duration least, duration most) const {
  const auto span = static_cast<std::uint64_t>(std::max<std::int64_t>((most - least).count(), 0));
  return least + duration(static_cast<std::int64_t>(random_() % (span + 1)));
}

}  // namespace sluice
