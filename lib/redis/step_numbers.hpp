// Which steps, of those that the server does once, may still be repeated. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace sluice {

/// The server keeps the number of each step until it hears that nobody repeats it any more, which
/// the next steps say along.
class step_numbers {
 public:
  std::uint64_t next() noexcept { return ++last_; }
  /// Its answer has come.
  void finished(std::uint64_t number) { finished_.push_back(number); }
  /// Takes out up to `most` that the server may forget. They are `finished` anew where it has not
  /// heard so.
  std::vector<std::uint64_t> take_finished(std::size_t most) {
    const auto end =
        finished_.begin() + static_cast<std::ptrdiff_t>(std::min(most, finished_.size()));
    std::vector<std::uint64_t> taken(finished_.begin(), end);
    finished_.erase(finished_.begin(), end);
    return taken;
  }

 private:
  std::uint64_t last_ = 0;
  std::deque<std::uint64_t> finished_;
};

}  // namespace sluice
