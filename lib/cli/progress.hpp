// Count and rate on stderr, for people who watch.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>

namespace sluice::cli {

/// Shows itself on a terminal every half second, and once at the end; says nothing to a pipe.
class progress {
 public:
  explicit progress(std::string what)
      : what_(std::move(what)),
        shown_(::isatty(STDERR_FILENO) == 1),
        start_(clock::now()),
        next_(start_ + interval) {}

  void add() {
    ++count_;
    if (shown_ && count_ % 64 == 0 && clock::now() >= next_) show('\r');
  }
  void finish() {
    if (shown_) show('\n');
  }
  std::size_t count() const noexcept { return count_; }

 private:
  using clock = std::chrono::steady_clock;
  static constexpr auto interval = std::chrono::milliseconds(500);

  void show(char end) {
    const auto now = clock::now();
    next_ = now + interval;
    const std::chrono::duration<double> passed = now - start_;
    std::fprintf(stderr, "%s %zu, %.0f/s   %c", what_.c_str(), count_,
                 static_cast<double>(count_) / (passed.count() > 0 ? passed.count() : 1), end);
  }

  std::string what_;
  bool shown_;
  std::size_t count_ = 0;
  clock::time_point start_, next_;
};

}  // namespace sluice::cli
