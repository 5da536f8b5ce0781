// An extension that counts what listeners do, and how long they take.
#pragma once

#include "sluice/app/extension.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sluice {

/// What the listeners of a topic have done so far in one process. With two listeners every message
/// counts twice.
///
/// Thread rule: a value.
struct listener_figures {
  std::string topic;
  std::uint64_t handled = 0;
  std::uint64_t failed = 0;              ///< For good, after all retries.
  std::uint64_t cut_short = 0;           ///< Cancelled, expired, or left to another process.
  std::size_t in_progress = 0;           ///< Gauge.
  std::chrono::microseconds total{0};    ///< What all together took, with pauses between attempts.
  std::chrono::microseconds longest{0};  ///< What the longest took.

  /// What one took on average; 0 while none has ended.
  std::chrono::microseconds mean() const noexcept;
};

/// What one process of an app has done so far.
///
/// Thread rule: a value.
struct process_figures {
  std::string app;
  std::int64_t process = 0;          ///< Its id.
  std::chrono::milliseconds age{0};  ///< Since the app's `run()` began.
  std::uint64_t memory = 0;  ///< Resident bytes; the most so far where the system says no more.
  std::vector<listener_figures> topics;
};

/// One line for a log.
std::string to_string(const process_figures& what);

/// Counts, and reports now and then, and once more when the app has ended.
///
/// @code
/// class to_dashboard : public sluice::listener_stats {
///   using listener_stats::listener_stats;
///   void report(const sluice::process_figures& now) override { dashboard.show(now); }
/// };
/// billing.extend(to_dashboard(10s));
/// @endcode
///
/// Thread rule and lifetime: as `extension`.
class listener_stats : public extension {
 public:
  /// Reports so often; 0 stands for the end alone.
  ///
  /// Throws `error` with `errc::invalid_argument` for less than 0.
  explicit listener_stats(std::chrono::milliseconds every = std::chrono::minutes(1));

  /// What it has counted.
  process_figures figures() const;

  boost::asio::awaitable<void> on_start(running_app where) override;
  boost::asio::awaitable<void> on_stop() override;
  void on_consume_begin(const consumption& what) override;
  void on_consume_end(const consumption& what) override;
  std::chrono::milliseconds tick_every() const override;
  void on_tick() override;

 protected:
  /// Tells somebody; must not block. By default a line on the standard error stream.
  virtual void report(const process_figures& now);

 private:
  std::chrono::milliseconds every_;
  running_app where_;
  std::map<std::string, listener_figures, std::less<>> topics_;
};

}  // namespace sluice
