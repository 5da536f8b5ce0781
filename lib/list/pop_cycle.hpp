// When to look at a list of messages: the decision alone, without a connection.
#pragma once

#include "sluice/core/clock.hpp"
#include "sluice/core/random.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace sluice {

/// Decides when the next look at a list goes out, and whether it arms the doorbell. Pure.
///
/// A look pops first and then counts what is left (`LLEN`), which arms: what is pushed before is
/// counted, what is pushed after rings. Popping rings one's own bell, so that arming comes last.
/// Where many processes wait at one list, whoever is rung for nothing pops without arming the next
/// time, and waits a random, doubling time before it arms again.
class pop_cycle {
 public:
  using time_point = clock::time_point;
  using duration = clock::duration;
  enum class look : unsigned char { no, pop, pop_and_arm };

  explicit pop_cycle(random_source random) : random_(std::move(random)) {}

  // Events.

  /// A new link: nothing is armed on it. `bell` tells whether there are doorbells.
  void on_link_ready(bool bell) noexcept;
  void on_link_lost() noexcept { linked_ = false; }
  void on_ring() noexcept;
  /// A look brought `got` of the `asked` elements. `left` is how many remain, if it armed.
  void on_popped(std::size_t got, std::size_t asked, std::optional<std::int64_t> left,
                 time_point now);
  void on_failure(time_point now);

  // Wishes.

  /// Whether to look now. Anything but `no` means that the look is under way when this returns.
  look next(time_point now) noexcept;
  /// When to ask again although nothing happened.
  time_point alarm() const noexcept;
  bool under_way() const noexcept { return under_way_; }
  /// The last look brought all there was, and nothing has rung since.
  bool at_rest() const noexcept { return linked_ && !under_way_ && !dirty_; }

 private:
  duration between(duration least, duration most) const;
  void rest(time_point now);

  random_source random_;
  bool linked_ = false;
  bool bell_ = false;
  bool dirty_ = true;
  bool rung_ = false;  // the look that comes, or is under way, was caused by a ring
  bool under_way_ = false;
  bool arms_ = false;  // the look under way
  std::uint32_t failures_ = 0;
  duration damping_{0};
  time_point hold_until_ = time_point::min();
  time_point look_at_ = time_point::max();
};

}  // namespace sluice
