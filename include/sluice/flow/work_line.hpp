// The line of elements before the benches of a stage.
#pragma once

#include <cstddef>
#include <list>

namespace sluice::flow {

/// Places of elements: first those that are worked on, in the order in which they came, then those
/// that wait, then free ones, kept so that an element costs no allocation.
///
/// Thread rule: used on the executor of its pipeline.
template <class Place>
class work_line {
 public:
  using iterator = typename std::list<Place>::iterator;

  /// With nothing in it.
  work_line() : waiting_(places_.end()), free_(places_.end()) {}
  work_line(const work_line&) = delete;
  work_line& operator=(const work_line&) = delete;

  /// The next one waits, to be filled.
  Place& add() {
    if (free_ == places_.end()) free_ = places_.emplace(free_);
    if (nobody_waits()) waiting_ = free_;
    ++waiting_count_;
    return *free_++;
  }
  /// The one that has waited longest is worked on. One must wait.
  iterator take() noexcept {
    --waiting_count_;
    ++working_count_;
    return waiting_++;
  }
  /// One that was worked on becomes free.
  void leave(iterator which) noexcept {
    --working_count_;
    places_.splice(places_.end(), places_, which);
    if (free_ == places_.end()) free_ = which;
  }

  /// The first place: of those that are worked on, where any is. One must have been added.
  iterator first() noexcept { return places_.begin(); }
  /// True when none is worked on.
  bool nobody_works() const noexcept { return working_count_ == 0; }
  /// True when none waits.
  bool nobody_waits() const noexcept { return waiting_count_ == 0; }
  /// All but the free ones.
  std::size_t size() const noexcept { return waiting_count_ + working_count_; }

 private:
  std::list<Place> places_;
  iterator waiting_;  // the first one, if any waits
  iterator free_;     // the first one, or the end
  std::size_t waiting_count_ = 0;
  std::size_t working_count_ = 0;
};

}  // namespace sluice::flow
