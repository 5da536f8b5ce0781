// An extension that ends a process before it grows too old or too big.
#pragma once

#include "sluice/app/extension.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>

namespace sluice {

/// Stops its app, which drains, when the process has lived long enough or takes too much memory.
/// The program then ends, and whoever started it starts it anew: `supervisor`, systemd, a
/// container's runtime.
///
/// Thread rule and lifetime: as `extension`.
class auto_restart : public extension {
 public:
  /// Of no limit; see below.
  auto_restart() = default;

  /// When the app has run so long, > 0; up to a tenth of it sooner, which depends on the process,
  /// so that those that began together do not end together.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  auto_restart& at_age(std::chrono::milliseconds age);
  /// When the process has more than so many bytes in memory, > 0; where the system only says how
  /// many it has had at most, those count.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  auto_restart& above(std::uint64_t bytes);
  /// How often it looks, > 0. Default 1 s.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  auto_restart& check_every(std::chrono::milliseconds interval);

  boost::asio::awaitable<void> on_start(running_app where) override;
  std::chrono::milliseconds tick_every() const override;
  void on_tick() override;

 protected:
  /// The app is about to be stopped. By default a line on the standard error stream.
  virtual void on_restart(std::string_view why);

 private:
  std::chrono::milliseconds age_{0};  // 0: none
  std::uint64_t bytes_ = 0;           // 0: none
  std::chrono::milliseconds every_{1'000};
  running_app where_;
  bool done_ = false;
};

}  // namespace sluice
