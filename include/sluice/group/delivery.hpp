// An entry that was handed to a member of a group and waits to be settled.
#pragma once

#include "sluice/stream/entry.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace sluice {

/// An entry with the duty to settle it. Move-only: it is settled once, by whoever holds it.
/// Settling consumes it: `co_await std::move(*order).ack();`.
///
/// A delivery that is destroyed unsettled is given back at once where leases are kept
/// (`group::heartbeat`, `group::claim_timeout`): as a failed attempt when an exception is under
/// way, as if it had never been handed out when its consumer was closed. Elsewhere it stays pending
/// under the consumer's name; it comes again to `replay_pending`, or to whoever claims it.
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
  /// How often it has been delivered, this time included; 1 is new. Empty where the server may not
  /// be asked.
  std::optional<std::int64_t> delivery_count() const noexcept;
  /// True when it was read out of the pending list and not as a new entry.
  bool redelivered() const noexcept { return redelivered_; }
  /// True until it is settled.
  bool pending() const noexcept { return number_ != 0; }
  /// What tells this delivery from every other of the same entry: "1526919030474-55:2", the id and
  /// the delivery count. Give it to what your handler writes to: an effect with a token that is
  /// lower than one it has seen for the entry comes from a handler that has lost it.
  std::string token() const;
  /// True once the entry belongs to another member: settling it will fail.
  bool lease_lost() const noexcept;
  /// Calls `tell` once, on the client's executor, when the lease is lost before it is settled; at
  /// once when that has happened already. To cancel the work:
  /// @code
  /// order->when_lease_lost([&stop] { stop.emit(asio::cancellation_type::terminal); });
  /// @endcode
  /// Replaces what was given before. Where no leases are kept it is never called.
  void when_lease_lost(std::function<void()> tell);

  /// Acknowledges it and waits for the server's word. Leaves with its neighbours' acknowledgements
  /// as one command a stream. Does nothing where the consumer acknowledges automatically.
  ///
  /// Errors: `already_settled` when it was settled before, or when the server found none of the
  /// batch pending; the server's and the connection's errors (after a lost link the command is
  /// repeated by itself: acknowledging twice does no harm);
  /// `lease_lost` where leases are kept and the entry belongs to another member now.
  /// Cancellation: stops the waiting only; the acknowledgement is sent.
  /// Cost: shares one round trip (`XACK`; where leases are kept, in a transaction that watches
  /// whether it was taken away, or a script that asks whose it is).
  boost::asio::awaitable<void> ack() &&;

  /// Acknowledges it without waiting; the fastest way. A failure raises
  /// `events::acknowledgement_failed`, and the entry stays pending.
  ///
  /// Throws `error` with `errc::already_settled` when it was settled before.
  /// Cost: shares one command with its neighbours (`XACK`).
  void ack_later() &&;

  /// Gives it back: it was tried, and is to be tried again, here or by another member of the group
  /// that uses this library, not before `delay` (≥ 0) has passed by the server's clock. Delays
  /// survive restarts of members and of the server.
  ///
  /// Errors: `already_settled`; `lease_lost` when it belongs to another member now or is not
  /// pending any more; `out_of_memory` and other errors of the server: it is then still pending,
  /// and given back by `claim_timeout`. What was lost on the way is repeated by itself.
  /// Cancellation: stops the waiting only. Cost: one round trip (a script: `XPENDING`, `XCLAIM`,
  /// `ZADD`).
  boost::asio::awaitable<void> nack(
      std::chrono::milliseconds delay = std::chrono::milliseconds(0)) &&;

  /// Gives it up: moves it to the dead letters (`group::dead_letters`), with where it comes from,
  /// `reason`, the text of the error behind it, who gave it up, when, and how often it had been
  /// delivered; and acknowledges it. All in one step.
  ///
  /// Errors: as `nack`; what could not be moved is still pending.
  /// Cancellation: stops the waiting only. Cost: one round trip (a script: `XPENDING`, `XRANGE`,
  /// `XADD`, `XACK`).
  boost::asio::awaitable<void> reject(std::string reason) &&;
  /// The same with the text of the error that was the reason.
  ///
  /// Errors, cancellation and cost: as above.
  boost::asio::awaitable<void> reject(std::string reason, std::string error_text) &&;

  /// Makes sure that the entry is still this member's and begins its lease, and the time that
  /// `group::max_lease` bounds, anew. Does nothing where no leases are kept.
  ///
  /// Errors: `already_settled`; `lease_lost`; the server's and the connection's.
  /// Cancellation: stops the waiting only. Cost: one round trip (a script: `XPENDING`, `XCLAIM`).
  boost::asio::awaitable<void> extend();

 private:
  friend class group_lane;
  friend struct group_access;
  delivery(std::shared_ptr<const stream_origin> lane, buffer_ref bytes, std::string_view id,
           const char* values, std::uint64_t number, bool redelivered,
           std::int64_t delivery_count) noexcept;
  void release() noexcept;
  void refuse_unless_held() const;

  std::uint64_t number_ = 0;
  std::int64_t delivery_count_ = 0;
  bool redelivered_ = false;
};

}  // namespace sluice
