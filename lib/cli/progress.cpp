#include "cli/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace sluice::cli {
namespace {

constexpr auto interval = std::chrono::milliseconds(500);

}  // namespace

progress::progress(std::string verb, int lines)
    : verb_(std::move(verb)),
      shown_(::isatty(STDERR_FILENO) == 1 && ::isatty(lines) == 0),
      start_(clock::now()),
      next_(start_ + interval) {}

progress::~progress() { finish(); }

void progress::look_at_clock() {
  const auto now = clock::now();
  if (now < next_) return;
  next_ = now + interval;
  show(now);
}

void progress::show(clock::time_point now) {
  const std::chrono::duration<double> passed = now - start_;
  const auto rate = static_cast<double>(count_) / std::max(passed.count(), 0.001);
  // Back to the first column, and clear what the last one left: ECMA-48.
  std::fprintf(stderr, "\r%s %zu entries, %.0f/s\x1b[K", verb_.c_str(), count_, rate);
}

void progress::finish() {
  if (!std::exchange(shown_, false)) return;
  show(clock::now());
  std::fputc('\n', stderr);
}

}  // namespace sluice::cli
