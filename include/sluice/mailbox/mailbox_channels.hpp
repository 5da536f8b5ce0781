// Looking after channels, their subscribers and their messages.
#pragma once

#include "sluice/mailbox/mailbox_message.hpp"
#include "sluice/mailbox/mailbox_options.hpp"
#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Somebody who subscribes to a channel, and how far they are.
///
/// Thread rule: a value.
class mailbox_subscriber {
 public:
  /// The id of the mailbox.
  const std::string& id() const noexcept { return id_; }
  /// The number of the last message that it has read; 0 for none.
  std::uint64_t position() const noexcept { return position_; }
  /// How many stored messages it has not read.
  std::uint64_t unread() const noexcept { return unread_; }
  /// When the oldest of these was written; empty where there is none, or that cannot be told.
  const std::optional<mailbox_message::time_point>& waiting_since() const noexcept {
    return since_;
  }

 private:
  friend struct mailbox_codec;
  std::string id_;
  std::uint64_t position_ = 0, unread_ = 0;
  std::optional<mailbox_message::time_point> since_;
};

/// What to remove of a channel's messages, whether or not everybody has read them.
///
/// Thread rule: a trivial value.
class mailbox_prune {
 public:
  /// What all subscribers have read; nothing where nobody subscribes.
  static constexpr mailbox_prune read_by_all() noexcept { return mailbox_prune(kind::read, 0); }
  /// All but the last `messages`.
  static constexpr mailbox_prune keep(std::uint64_t messages) noexcept {
    return mailbox_prune(kind::length, messages);
  }
  /// What is older than `age` (> 0), by the server's clock.
  static constexpr mailbox_prune older_than(std::chrono::milliseconds age) noexcept {
    return mailbox_prune(kind::age, age.count() < 0 ? 0 : static_cast<std::uint64_t>(age.count()));
  }

 private:
  friend class mailbox_channels;
  enum class kind : unsigned char { read, length, age };
  constexpr mailbox_prune(kind what, std::uint64_t number) noexcept
      : kind_(what), number_(number) {}

  kind kind_;
  std::uint64_t number_;
};

/// All channels of a layout, for whoever looks after them. It changes nothing by itself.
///
/// Changes may be asked for again without harm. Where somebody holds rivulet's lock of the channel
/// it is waited for, for 10 s; then they fail with `errc::timeout`.
///
/// Thread rule: used on the client's executor.
/// Lifetime: keeps its client's connection alive; operations in progress outlive it.
class mailbox_channels {
 public:
  /// The channels of a layout.
  explicit mailbox_channels(client redis, mailbox_layout where = mailbox_layout::native());

  /// The names of all channels that have subscribers or messages, in order. The server is asked in
  /// small steps, so that nobody has to wait for it.
  ///
  /// Errors: those of `client::exec`. Cancellation: changes nothing.
  /// Cost: a round trip for a thousand keys of the database (`SCAN`).
  boost::asio::awaitable<std::vector<std::string>> list() const;
  /// Removes a channel: its messages, its subscriptions and its numbers. False when there is none.
  ///
  /// Errors: `timeout`; those of `client::exec`. Cancellation: it may be removed all the same.
  /// Cost: one round trip (a script).
  boost::asio::awaitable<bool> remove(std::string_view channel) const;

  /// How many subscribe to a channel.
  ///
  /// Errors: those of `client::exec`. Cancellation: changes nothing.
  /// Cost: one round trip (`ZCARD`).
  boost::asio::awaitable<std::size_t> count_subscribers(std::string_view channel) const;
  /// Who subscribes to a channel, the slowest first.
  ///
  /// Errors and cancellation: as above. Cost: one round trip (a script).
  boost::asio::awaitable<std::vector<mailbox_subscriber>> subscribers(
      std::string_view channel) const;
  /// Moves a subscriber: what comes next for it has a greater number than `position`. False when it
  /// does not subscribe to the channel.
  ///
  /// Errors and cancellation: as `remove`. Cost: one round trip (a script).
  boost::asio::awaitable<bool> move_subscriber(std::string_view channel, std::string_view id,
                                               std::uint64_t position) const;
  /// The same to the oldest stored message, or behind the newest one; `current` leaves it.
  ///
  /// Errors, cancellation and cost: as above.
  boost::asio::awaitable<bool> move_subscriber(std::string_view channel, std::string_view id,
                                               mailbox_start where) const;
  /// Ends somebody's subscription, as `mailbox::unsubscribe` does: with the last one the channel
  /// goes. False when it does not subscribe to the channel.
  ///
  /// Errors and cancellation: as `remove`. Cost: one round trip (a script).
  boost::asio::awaitable<bool> remove_subscriber(std::string_view channel,
                                                 std::string_view id) const;
  /// Ends the subscriptions of those that have left a message unread for longer than `age` (> 0),
  /// and gives their ids. Who has read everything stays: it keeps nothing from being removed; and
  /// so does who reads on meanwhile.
  ///
  /// Errors: `invalid_argument` for an age that is none; else as `remove`.
  /// Cancellation: some may be gone. Cost: two round trips, and one for each that goes (scripts).
  boost::asio::awaitable<std::vector<std::string>> remove_stale_subscribers(
      std::string_view channel, std::chrono::milliseconds age) const;

  /// How many messages a channel holds.
  ///
  /// Errors: those of `client::exec`. Cancellation: changes nothing.
  /// Cost: one round trip (`ZCARD` or `XLEN`).
  boost::asio::awaitable<std::size_t> count_messages(std::string_view channel) const;
  /// Up to `most` messages (≥ 1) behind the number `after`, the oldest first, without moving
  /// anybody.
  ///
  /// Errors: `invalid_argument`; those of `client::exec`. Cancellation: changes nothing.
  /// Cost: one round trip (a script).
  boost::asio::awaitable<std::vector<mailbox_message>> messages(std::string_view channel,
                                                                std::size_t most = 100,
                                                                std::uint64_t after = 0) const;
  /// Removes messages, and gives how many. Subscribers that had not read them go on with those that
  /// are left.
  ///
  /// Errors: `timeout`; `invalid_argument` for an age of 0; those of `client::exec`.
  /// Cancellation: some may be removed. Cost: one round trip (a script); by age, one a hundred.
  boost::asio::awaitable<std::size_t> prune(std::string_view channel, mailbox_prune what) const;

 private:
  client redis_;
  mailbox_layout where_;
};

}  // namespace sluice
