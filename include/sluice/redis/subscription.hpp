// Published messages: what others PUBLISH, for as long as one listens.
#pragma once

#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// A published message. It owns its bytes; the views live as long as it does.
///
/// Thread rule: a value.
class message {
 public:
  /// Copies the three parts.
  message(std::string_view pattern, std::string_view channel, std::string_view payload);

  /// The channel it was published to.
  std::string_view channel() const noexcept {
    return std::string_view(bytes_).substr(pattern_size_, channel_size_);
  }
  /// The pattern through which it came; empty when the channel was subscribed by name.
  std::string_view pattern() const noexcept {
    return std::string_view(bytes_).substr(0, pattern_size_);
  }
  /// What was published.
  std::string_view payload() const noexcept {
    return std::string_view(bytes_).substr(pattern_size_ + channel_size_);
  }
  /// How many bytes it counts for in a subscription's queue.
  std::size_t size() const noexcept { return bytes_.size(); }

 private:
  std::string bytes_;
  std::size_t pattern_size_;
  std::size_t channel_size_;
};

/// What a `subscription` listens to, and how much of it may wait. Setters return the object.
///
/// Thread rule: a value.
class topics {
 public:
  topics() = default;

  /// Adds a channel by name.
  topics& channel(std::string name) { return channels_.push_back(std::move(name)), *this; }
  /// Adds all channels that match a glob-style pattern: `news.*`, `h?llo`, `h[ae]llo`.
  topics& pattern(std::string glob) { return patterns_.push_back(std::move(glob)), *this; }
  /// How many messages, and how many of their bytes, may wait to be taken; beyond that the oldest
  /// are dropped and counted. Both > 0; one message always fits. Defaults 1,024 and 4 MiB.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  topics& queue(std::size_t messages, std::size_t bytes);

  /// The channels by name.
  const std::vector<std::string>& channels() const noexcept { return channels_; }
  /// The patterns.
  const std::vector<std::string>& patterns() const noexcept { return patterns_; }
  /// How many messages may wait.
  std::size_t queue_messages() const noexcept { return queue_messages_; }
  /// How many of their bytes may wait.
  std::size_t queue_bytes() const noexcept { return queue_bytes_; }

 private:
  std::vector<std::string> channels_;
  std::vector<std::string> patterns_;
  std::size_t queue_messages_ = 1'024;
  std::size_t queue_bytes_ = std::size_t{4} << 20U;
};

/// Topics of channels alone: `channels("orders", "invoices")`.
template <class... Names>
topics channels(Names&&... names) {
  topics made;
  (made.channel(std::forward<Names>(names)), ...);
  return made;
}

/// Topics of patterns alone: `patterns("orders.*")`.
template <class... Globs>
topics patterns(Globs&&... globs) {
  topics made;
  (made.pattern(std::forward<Globs>(globs)), ...);
  return made;
}

/// Listens to channels over the client's connection, beside its commands; any number of
/// subscriptions to one channel cost the server one.
///
/// @code
/// sluice::subscription news(redis, sluice::channels("news"));
/// co_await news.ready();
/// while (auto item = co_await news.next()) print(item->payload());
/// @endcode
///
/// Publishing is fire and forget (redis.io, "Pub/Sub"): a message is lost to everybody who is not
/// connected at that moment. The subscription comes back by itself with the link; what was
/// published meanwhile does not, and `interruptions()` says that it may be missing. For messages
/// that must arrive use streams.
///
/// Messages come in the order in which the server sent them. A message that matches a channel and a
/// pattern of one subscription comes twice, as the server sends it.
///
/// Thread rule: used on the client's executor. Several coroutines may await messages at once; each
/// message goes to one of them.
/// Lifetime: keeps its client's connection alive. Destroying it ends all waits with an empty result
/// and, when nobody else listens, unsubscribes.
class subscription {
 public:
  /// Begins to listen: `SUBSCRIBE` and `PSUBSCRIBE` leave with the next write, or with the next
  /// link.
  ///
  /// Throws `error` with `errc::invalid_argument` when there is neither channel nor pattern.
  subscription(client redis, topics what);
  subscription(subscription&&) noexcept;
  subscription& operator=(subscription&&) noexcept;
  ~subscription();

  /// Waits until the server has confirmed every channel and pattern: what is published after that
  /// arrives.
  ///
  /// Errors: `not_permitted` when the ACL user may not listen to one; what makes connecting
  /// hopeless (`wrong_password`, `tls_failed`, …); `closed` when the client or the subscription was
  /// closed.
  /// Cancellation: stops the waiting only.
  /// Cost: none of its own; the confirmation comes one round trip after the constructor.
  boost::asio::awaitable<void> ready();

  /// The next message. Empty when the subscription or its client was closed and no message is left.
  ///
  /// Errors: each once, then waiting goes on: `not_permitted` for a channel that the ACL user may
  /// not listen to, while the others go on; what makes connecting hopeless (`wrong_password`,
  /// `tls_failed`, …). A lost link is no error: it comes back.
  /// Cancellation: loses no message.
  /// Cost: none.
  boost::asio::awaitable<std::optional<message>> next();

  /// The same for at most `limit`, ≥ 0; empty also when nothing came in that time.
  ///
  /// Errors, cancellation and cost: as above.
  boost::asio::awaitable<std::optional<message>> next(std::chrono::milliseconds limit);

  /// Stops listening (`UNSUBSCRIBE`, unless another subscription listens too). What has come
  /// already can still be taken.
  void close() noexcept;

  /// How many messages wait to be taken.
  std::size_t queued() const noexcept;
  /// How many messages were dropped because the queue was full.
  std::uint64_t dropped() const noexcept;
  /// How many times the link was lost while listening; messages may have been missed each time.
  std::uint64_t interruptions() const noexcept;

 private:
  std::shared_ptr<class inbox> inbox_;
};

}  // namespace sluice
