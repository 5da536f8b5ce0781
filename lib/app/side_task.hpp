// Foreign work beside ours, which may take long but not for ever.
#pragma once

#include "group/gate.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <functional>
#include <memory>

namespace sluice {

/// One coroutine at a time, with a cancellation slot of its own.
class side_task final : public std::enable_shared_from_this<side_task> {
 public:
  /// Told when it has ended; of null where it did not fail.
  using end_handler = std::function<void(const std::exception_ptr& failure)>;

  explicit side_task(std::shared_ptr<connection> link);

  void begin(boost::asio::awaitable<void> what, end_handler done);
  bool busy() const noexcept { return busy_; }
  /// Until it has ended.
  boost::asio::awaitable<void> wait();
  /// Whether it has ended: what runs after `limit` is cancelled, and left to itself if it does not
  /// heed that. To be awaited where cancellation is disabled.
  static boost::asio::awaitable<bool> end_within(std::shared_ptr<side_task> self,
                                                 clock::duration limit);
  /// The limit of whoever awaits `end_within`, now or later, is over.
  void hurry();

 private:
  boost::asio::awaitable<void> wait_until(clock::time_point limit);

  std::shared_ptr<connection> link_;
  boost::asio::cancellation_signal cancel_;
  bool busy_ = false;
  bool hurried_ = false;
  gate change_;
};

}  // namespace sluice
