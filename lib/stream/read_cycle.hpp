// When to look at a stream: the decision alone, without a connection.
#pragma once

#include "sluice/core/clock.hpp"
#include "sluice/core/random.hpp"

#include <cstddef>
#include <cstdint>

namespace sluice {

/// Decides, for one stream and group (or one independent reader), when the next read goes out and
/// whether it arms the doorbell first. Pure: time, randomness and the outcome of reads are handed
/// in.
///
/// What makes it safe: arming comes before reading, in one write, so that an append falls before
/// the read or rings. A ring only marks the stream as dirty, also while a read is under way. And
/// since some changes ring no bell at all (a lost tracking state, SWAPDB, a rewound group, entries
/// that were there while reads failed), it also looks by the clock.
///
/// What keeps it cheap where many processes wait on one stream: whoever is rung for nothing waits a
/// random, doubling time before it arms again, so that not all of them come running for each entry.
class read_cycle {
 public:
  using time_point = clock::time_point;
  using duration = clock::duration;
  enum class style : unsigned char { doorbell, block, poll };
  enum class look : unsigned char { no, read, arm_and_read };

  struct settings {
    style how = style::doorbell;
    bool read_arms = false;  // XREAD arms by itself; XREADGROUP, a write, does not
    duration recheck{};      // the net under the doorbell
    duration poll{};         // the interval without a doorbell
    // How many reads may be under way while there is more. One for a reader that says where to go
    // on: it has to know its last entry.
    std::uint32_t depth = 1;
  };

  read_cycle(settings chosen, random_source random);

  void use(style how) noexcept { settings_.how = how; }
  style how() const noexcept { return settings_.how; }

  // Events.

  /// A new link: nothing is armed on it. A read that is still to be answered stays under way, as
  /// one that was queued but not sent goes out on the new link.
  void on_link_ready() noexcept;
  void on_link_lost() noexcept;
  /// Something may be new. Means nothing where reading does not go by the bell.
  void on_ring() noexcept;
  /// A read brought `got` of the `asked` entries.
  void on_read(std::size_t got, std::size_t asked, time_point now);
  /// A read failed; returns the pause before the next one.
  duration on_failure(time_point now);
  /// A read under way was given up together with its connection.
  void on_abandoned() noexcept;
  /// Somebody wants to know now whether there is anything.
  void check() noexcept { dirty_ = true; }

  // Wishes.

  /// Whether to read now. Anything but `no` means that the read is under way when this returns.
  look next(time_point now) noexcept;
  /// When to ask again although nothing happened.
  time_point alarm() const noexcept;
  bool linked() const noexcept { return linked_; }

 private:
  bool has_room() const noexcept;
  duration spread(duration middle) const;
  void found_nothing(time_point now);

  settings settings_;
  random_source random_;
  bool linked_ = false;
  bool dirty_ = true;
  bool armed_ = false;     // since the last ring
  bool draining_ = false;  // the last read was full: there is more, arming can wait
  bool rung_ = false;      // the look that comes, or is under way, was caused by a ring
  bool covered_ = false;   // the newest read under way came after arming
  std::uint32_t under_way_ = 0;
  std::uint32_t failures_ = 0;
  duration damping_{0};
  time_point hold_until_ = time_point::min();
  time_point look_at_ = time_point::max();
};

}  // namespace sluice
