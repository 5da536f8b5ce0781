// The messages that wait for one subscription, and the coroutines that wait for messages.
#pragma once

#include "redis/client_access.hpp"
#include "redis/subscriptions.hpp"

#include "sluice/redis/subscription.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace sluice {

class inbox_wait;

/// Bounded: the oldest messages make room for new ones and are counted.
class inbox final : private channel_listener {
 public:
  inbox(client redis, topics what);
  ~inbox() { close(); }

  connection& link() const noexcept { return client_access::link(redis_); }
  void close() noexcept;
  bool closed() const noexcept { return left_ || ended_; }

  bool empty() const noexcept { return messages_.empty(); }
  message take();
  /// True once the server has confirmed every topic.
  bool listening() const;
  /// The refusal of any topic on this link.
  const error* refusal() const;
  bool has_failure() const noexcept { return failure_.has_value(); }
  /// Asks for the link, which nobody else may do after it was given up.
  void want_link();
  /// Throws the last refusal that nobody has been told yet.
  void throw_failure();

  void wait_for_message(inbox_wait& who) { for_message_.push_back(&who); }
  void wait_for_change(inbox_wait& who) { for_change_.push_back(&who); }
  void forget(inbox_wait& who) noexcept;

  std::size_t queued() const noexcept { return messages_.size(); }
  std::uint64_t dropped() const noexcept { return dropped_; }
  std::uint64_t interruptions() const noexcept { return interruptions_; }

 private:
  void on_message(std::string_view pattern, std::string_view channel,
                  std::string_view payload) override;
  void on_listening() override { wake_watchers(); }
  void on_refused(const error& why) override;
  void on_interrupted() override { ++interruptions_; }
  void on_end() override;

  void wake_watchers();
  void wake_all();

  client redis_;
  topics what_;
  std::deque<message> messages_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t interruptions_ = 0;
  std::optional<error> failure_;
  std::deque<inbox_wait*> for_message_;
  std::vector<inbox_wait*> for_change_;
  bool left_ = false;   // it listens no more
  bool ended_ = false;  // its client was closed
};

/// One coroutine's wait at an inbox; lives in its frame.
class inbox_wait final : public waiter, private timed {
 public:
  /// `limit` below zero waits for ever.
  inbox_wait(inbox& at, std::chrono::milliseconds limit);
  ~inbox_wait();

  /// Whether to wait (on) for a message.
  bool must_wait_for_message();
  /// Whether to wait (on) for the confirmations.
  bool must_wait_for_listening();
  /// Throws what ended a wait without a message.
  void check() const;

 private:
  bool over() const noexcept { return timed_out_ || was_cancelled(); }
  void on_cancel() noexcept override { at_.forget(*this); }
  void on_ready() noexcept override { at_.link().schedule_turn(); }
  void on_time() override;

  inbox& at_;
  bool timed_out_ = false;
};

}  // namespace sluice
