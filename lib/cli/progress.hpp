// Count and rate on stderr, for people who watch.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

namespace sluice::cli {

/// Shows itself on a terminal every half second and at its end, unless the lines that it counts
/// pass over a terminal too. Says nothing to a pipe or a file.
class progress {
 public:
  /// `verb` as in "produced 1200 entries"; `lines` is the descriptor that the lines pass.
  progress(std::string verb, int lines);
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress();

  void add(std::size_t entries = 1) {
    count_ += entries;
    if (shown_) look_at_clock();
  }
  std::size_t count() const noexcept { return count_; }
  /// Leaves what is shown behind, so that other lines may follow.
  void finish();

 private:
  using clock = std::chrono::steady_clock;

  void look_at_clock();
  void show(clock::time_point now);

  std::string verb_;
  bool shown_;
  std::size_t count_ = 0;
  clock::time_point start_, next_;
};

}  // namespace sluice::cli
