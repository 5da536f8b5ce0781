// An entry that was handed to a member of a group and waits to be settled.
#pragma once

#include "sluice/stream/entry.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>

namespace sluice {

/// An entry with the duty to settle it. Move-only: it is settled once, by whoever holds it.
/// Settling consumes it: `co_await std::move(*order).ack();`.
///
/// A delivery that is destroyed unsettled stays pending on the server, under the consumer's name;
/// it comes again to `replay_pending`, or to whoever claims it.
///
/// Thread rule: settled and destroyed on the client's executor; the entry may be read anywhere.
/// Lifetime: keeps what it needs alive; it may outlive its consumer, and can still be settled.
class delivery : public entry {
 public:
  delivery(delivery&& other) noexcept;
  delivery& operator=(delivery&& other) noexcept;
  ~delivery();

  /// The name of the group.
  const std::string& group() const noexcept;
  /// The name of the consumer it was given to.
  const std::string& consumer() const noexcept;
  /// How often it has been delivered, this time included, where the server says so; 1 is new.
  std::optional<std::int64_t> delivery_count() const noexcept;
  /// True when it was read out of the pending list and not as a new entry.
  bool redelivered() const noexcept { return redelivered_; }
  /// True until it is settled.
  bool pending() const noexcept { return number_ != 0; }

  /// Acknowledges it and waits for the server's word. Leaves with its neighbours' acknowledgements
  /// as one command a stream. Does nothing where the consumer acknowledges automatically.
  ///
  /// Errors: `already_settled` when it was settled before, or when the server found none of the
  /// batch pending; the server's and the connection's errors (after a lost link the command is
  /// repeated by itself: acknowledging twice does no harm).
  /// Cancellation: stops the waiting only; the acknowledgement is sent.
  /// Cost: shares one round trip (`XACK`).
  boost::asio::awaitable<void> ack() &&;

  /// Acknowledges it without waiting; the fastest way. A failure raises
  /// `events::acknowledgement_failed`, and the entry stays pending.
  ///
  /// Throws `error` with `errc::already_settled` when it was settled before.
  /// Cost: shares one command with its neighbours (`XACK`).
  void ack_later() &&;

 private:
  friend class group_lane;
  friend struct group_access;
  delivery(std::shared_ptr<const stream_origin> lane, buffer_ref bytes, std::string_view id,
           const char* values, std::uint64_t number, bool redelivered,
           std::int64_t delivery_count) noexcept;
  void release() noexcept;

  std::uint64_t number_ = 0;
  std::int64_t delivery_count_ = 0;
  bool redelivered_ = false;
};

}  // namespace sluice
