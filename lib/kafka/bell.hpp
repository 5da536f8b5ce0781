// How librdkafka's threads call an executor.
#pragma once

#include "kafka/native.hpp"

#include "sluice/core/clock.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <memory>
#include <optional>

namespace sluice::kafka {

class bell_listener {
 public:
  /// Something lies in a queue, or the time has come.
  virtual void on_bell() = 0;
  /// The execution context ends: everything that belongs to it is given back.
  virtual void on_context_end() noexcept = 0;

 protected:
  ~bell_listener() = default;
};

/// A file descriptor that librdkafka writes to when an empty queue is empty no more, and an alarm.
/// It rings on the executor, for a listener that is still there.
class bell final : public std::enable_shared_from_this<bell> {
 public:
  static std::shared_ptr<bell> hang(const boost::asio::any_io_executor& where, clock& time,
                                    std::weak_ptr<bell_listener> who);

  /// From now on this queue rings, until it is destroyed after `mute`.
  void listen_to(rd_kafka_queue_t& queue);
  static void mute(rd_kafka_queue_t& queue) noexcept;
  /// Rings soon.
  void ring() noexcept;
  /// Rings at that time, if it is sooner than what was asked for before.
  void ring_at(clock::time_point when);
  /// Never rings again. All queues must be muted.
  void take_down() noexcept;

 private:
  friend class bell_registry;

  bell(const boost::asio::any_io_executor& where, clock& time, std::weak_ptr<bell_listener> who);

  void wait();
  void on_rung();
  void on_time();
  void end_context() noexcept;

  // Gone with the execution context, which it must not outlive.
  std::optional<boost::asio::posix::stream_descriptor> rung_;
  std::weak_ptr<bell_listener> who_;
  std::unique_ptr<clock::alarm> alarm_;
  clock::time_point alarm_at_ = clock::time_point::max();
};

}  // namespace sluice::kafka
