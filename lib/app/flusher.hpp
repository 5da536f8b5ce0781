// Flushes an object by interval, and once more after the last message.
#pragma once

#include "app/flushable.hpp"
#include "app/side_task.hpp"

#include "sluice/app/listener_options.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <string>

namespace sluice {

/// Of one app. What a flush fails of is told by an event; the next one tries again, and of the last
/// one it is thrown as well.
class flusher final : public std::enable_shared_from_this<flusher> {
 public:
  /// `topic` is the first by which the object consumes.
  flusher(std::shared_ptr<connection> link, std::shared_ptr<flushable> what, std::string topic,
          std::string group);

  const flushable& what() const noexcept { return *what_; }
  /// One more listener of the object: the shortest interval and the longest time to drain count.
  void add(const listener_options& how);
  void start();
  /// The last flush. What still runs when the time to drain is over is cancelled.
  static boost::asio::awaitable<void> finish(std::shared_ptr<flusher> self);

 private:
  static boost::asio::awaitable<void> flush_by_interval(std::shared_ptr<flusher> self);
  void begin_flush();
  void on_flushed(const std::exception_ptr& failure);

  std::shared_ptr<connection> link_;
  std::shared_ptr<flushable> what_;
  std::string topic_;
  std::string group_;
  std::chrono::milliseconds every_{0};  // 0: only at the end
  std::chrono::milliseconds drain_{0};
  std::shared_ptr<side_task> task_;
  std::exception_ptr failure_;  // of the latest flush
  bool finishing_ = false;
  gate change_;
};

}  // namespace sluice
