// Which writes of a mailbox may still be repeated. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace sluice {

/// The server keeps the number of each write until it hears that nobody repeats it any more, which
/// the next writes say along.
class write_numbers {
 public:
  std::uint64_t next() noexcept { return ++last_; }
  /// Its answer has come.
  void finished(std::uint64_t number) { finished_.push_back(number); }
  /// Adds up to `most` that the server may forget, and counts them as told.
  void tell_finished(std::vector<std::string>& to, std::size_t most) {
    for (auto left = std::min(most, finished_.size()); left > 0; --left) {
      to.push_back(std::to_string(finished_.front()));
      finished_.pop_front();
    }
  }

 private:
  std::uint64_t last_ = 0;
  std::deque<std::uint64_t> finished_;
};

}  // namespace sluice
