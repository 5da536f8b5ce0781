// Keeping to a number of entries a second.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <optional>

namespace sluice::cli {

/// Spaces entries evenly. A slow moment of up to a tenth of a second is caught up; a longer one is
/// not, so that an input which stood still is no reason for a burst.
class pace {
 public:
  /// Without a rate it never waits.
  pace(const boost::asio::any_io_executor& executor, std::optional<double> entries_a_second);

  /// Completes when the next entry may go; false once `stop` was called.
  boost::asio::awaitable<bool> wait();
  void stop();

 private:
  using clock = std::chrono::steady_clock;

  boost::asio::steady_timer timer_;
  clock::duration step_{0};
  clock::time_point next_;
  bool stopped_ = false;
};

}  // namespace sluice::cli
