#include "stream/read_cycle.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr read_cycle::duration least_damping = 1ms;
constexpr read_cycle::duration most_damping = 1s;
constexpr read_cycle::duration first_retry = 50ms;
constexpr read_cycle::duration longest_retry = 5s;

read_cycle::duration uniform(read_cycle::duration least, read_cycle::duration most,
                             std::uint64_t random) {
  const auto span = static_cast<std::uint64_t>(std::max<std::int64_t>((most - least).count(), 0));
  return least + read_cycle::duration(static_cast<std::int64_t>(random % (span + 1)));
}

}  // namespace

read_cycle::read_cycle(settings chosen, random_source random)
    : settings_(chosen), random_(std::move(random)) {}

void read_cycle::on_link_ready() noexcept {
  linked_ = true;
  dirty_ = true;
  armed_ = covered_ = draining_ = false;
  hold_until_ = time_point::min();
}

void read_cycle::on_link_lost() noexcept { linked_ = armed_ = covered_ = false; }

void read_cycle::on_ring() noexcept {
  if (settings_.how != style::doorbell) return;
  armed_ = false;
  dirty_ = true;
  rung_ = true;
}

// One read at a time, but for a backlog: then the server works on one while another's entries are
// worked on here. A read that blocks would make the next one wait for its whole time.
bool read_cycle::has_room() const noexcept {
  if (under_way_ == 0) return true;
  return draining_ && settings_.how != style::block && under_way_ < settings_.depth;
}

read_cycle::look read_cycle::next(time_point now) noexcept {
  if (!linked_ || !has_room() || now < hold_until_) return look::no;
  if (now >= look_at_) {
    // A bell that was lost on the way has used the arming up: the net arms anew.
    dirty_ = true;
    armed_ = false;
  }
  if (!dirty_ && under_way_ == 0) return look::no;
  dirty_ = false;
  ++under_way_;
  look_at_ = time_point::max();
  if (settings_.how != style::doorbell) return covered_ = false, look::read;
  if (settings_.read_arms) {
    armed_ = covered_ = true;
    return look::read;
  }
  // A member that was rung for nothing lately tries its luck first, and arms only after a pause.
  const bool quick_try = rung_ && damping_ > 0ms;
  const bool arm = !armed_ && !draining_ && !quick_try;
  armed_ = armed_ || arm;
  covered_ = armed_;
  return arm ? look::arm_and_read : look::read;
}

void read_cycle::on_read(std::size_t got, std::size_t asked, time_point now) {
  --under_way_;
  failures_ = 0;
  hold_until_ = time_point::min();
  draining_ = got >= asked;
  if (got > 0) {
    damping_ = 0ms;
    // That ring was worth it, and the look that only arms again must not count against it. A bell
    // that was armed before this read and is not any more has rung during it.
    rung_ = rung_ && covered_ && !armed_;
  }
  if (draining_) {
    dirty_ = true;
    return;
  }
  // The read behind this one looks later: it decides.
  if (under_way_ > 0) return;
  switch (settings_.how) {
    case style::block:
      dirty_ = true;
      break;
    case style::poll:
      look_at_ = now + spread(settings_.poll);
      break;
    case style::doorbell:
      if (got == 0) found_nothing(now);
      // Whatever was appended before the arming has been read, and whatever comes after it rings.
      dirty_ = dirty_ || !covered_;
      look_at_ = now + spread(settings_.recheck);
      break;
  }
  rung_ = rung_ && dirty_ && !armed_;
}

void read_cycle::found_nothing(time_point now) {
  if (!rung_) return;
  const auto pause = std::clamp(2 * damping_, least_damping, most_damping);
  // Without the arming nothing rings: the pause ends in an arming and a read. After an arming the
  // next ring alone counts, and it finds the damping in place. Where reading itself arms, it is the
  // next read that waits: rung for nothing at once again, it would run in circles.
  const bool again = damping_ > 0ms;
  if (!covered_ || (settings_.read_arms && again)) {
    hold_until_ = now + uniform(pause / 2, pause, random_());
  }
  damping_ = pause;
  rung_ = false;
}

read_cycle::duration read_cycle::on_failure(time_point now) {
  --under_way_;
  draining_ = false;
  // The arming may have succeeded although the read failed; entries that are there already will
  // never ring. Only the clock brings us back.
  armed_ = false;
  dirty_ = true;
  const auto doublings = std::min<std::uint32_t>(failures_++, 10);
  const auto ceiling = std::min(first_retry * (1 << doublings), longest_retry);
  const auto pause = uniform(ceiling / 2, ceiling, random_());
  hold_until_ = now + pause;
  return pause;
}

void read_cycle::on_abandoned() noexcept {
  --under_way_;
  draining_ = armed_ = false;
  dirty_ = true;
}

read_cycle::time_point read_cycle::alarm() const noexcept {
  if (!linked_ || under_way_ > 0) return time_point::max();
  if (dirty_) return hold_until_;
  return look_at_;
}

// ± 20 %, so that the readers of a fleet do not look in step.
read_cycle::duration read_cycle::spread(duration middle) const {
  return uniform(middle - middle / 5, middle + middle / 5, random_());
}

}  // namespace sluice
