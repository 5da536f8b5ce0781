// A source of times.
#pragma once

#include "sluice/core/clock.hpp"
#include "sluice/flow/signal.hpp"
#include "sluice/flow/stage.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

namespace sluice::flow {

/// The source of `every`.
///
/// Thread rule: used on the executor of its pipeline.
class ticks : public source_base {
 public:
  using value_type = std::uint64_t;
  static constexpr auto name = "every";

  /// By this interval.
  explicit ticks(clock::duration interval) noexcept : interval_(interval) {}

  /// Called once by the run that it belongs to: the first tick is an interval later.
  void join(runtime& where);
  /// The number of the interval that has just ended.
  ///
  /// Errors: none. Cancellation: ends the wait. Cost: none.
  boost::asio::awaitable<std::optional<item<std::uint64_t>>> next();
  /// There is none any more.
  void close() noexcept;

 private:
  clock::duration interval_;
  clock::time_point begin_{};
  std::uint64_t last_ = 0;
  runtime* runtime_ = nullptr;
  std::unique_ptr<signal> rung_;
  std::unique_ptr<clock::alarm> alarm_;
  bool closed_ = false;
};

/// A number each `interval`, > 0, beginning with 1 after the first one: how many have passed. Where
/// the pipeline has no room at a time, that number is left out.
///
/// Throws `error` with `errc::invalid_argument`.
ticks every(std::chrono::nanoseconds interval);

}  // namespace sluice::flow
