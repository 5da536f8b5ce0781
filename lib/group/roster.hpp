// Who is alive, as far as one listener can tell. Pure.
#pragma once

#include "sluice/core/clock.hpp"

#include <map>
#include <string>
#include <string_view>

namespace sluice {

/// Judges the members of a group by their beats, on the listener's own steady clock: no step of any
/// wall clock makes anybody silent.
///
/// What a listener could not hear counts for nobody. Messages come in order: hearing one's own beat
/// proves that all that were sent before it would have been heard. So somebody is silent when the
/// listener's own beat has come in long after theirs; and after it was deaf, or stood still,
/// everyone has the full time again.
class roster {
 public:
  using time_point = clock::time_point;

  explicit roster(clock::duration silence) : silence_(silence) {}

  /// How long somebody has to be silent to count as dead.
  void set_silence(clock::duration limit) noexcept { silence_ = limit; }

  /// A beat was heard; `own` when the listener itself had sent it.
  void on_beat(std::string_view name, time_point now, bool own);
  /// From now on beats may be missed.
  void on_deaf() noexcept { hears_ = false; }
  /// From now on every beat is heard. Also after the listener stood still for a while.
  void on_hearing(time_point now) noexcept;

  /// True for a member that has beaten at least once since this listener began.
  bool has_beaten(std::string_view name) const;
  /// True for one that beat once and then fell silent for the whole time.
  bool is_silent(std::string_view name) const;
  /// Whether somebody is silent of whom this was not said before. Forgets who has been for ten
  /// times as long.
  bool somebody_fell_silent();
  /// When the next member will have been silent for the whole time unless it beats; `max()` when
  /// none will.
  time_point next_silence() const;
  /// Forgets a member: it counts as one that has never beaten.
  void forget(std::string_view name);

 private:
  struct sign {
    time_point heard;
    bool told = false;
  };
  bool is_silent(const sign& last) const noexcept;
  time_point silent_at(const sign& last) const noexcept;

  clock::duration silence_;
  std::map<std::string, sign, std::less<>> heard_;
  time_point hears_since_{};
  time_point own_beat_{};
  bool hears_ = false;
};

}  // namespace sluice
