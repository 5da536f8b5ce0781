// A message in the hands of whoever works on it.
#pragma once

#include "sluice/group/delivery.hpp"
#include "sluice/topic/topic_message.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace sluice {

class settlement;

/// A message that was given to a member of a group. It is settled when its handler returns, or by
/// the handler itself.
///
/// Thread rule: used on the client's executor.
/// Lifetime: a handler may use it until it returns; copies may be kept longer.
class topic_delivery : public topic_message {
 public:
  /// Made by `topic_consumer`.
  topic_delivery(topic_message what, std::shared_ptr<settlement> how);

  /// The topic, without any prefix.
  const std::string& topic() const noexcept;
  /// The entry as it came: its stream, id, group, consumer, and all its fields.
  const delivery& entry() const noexcept;
  /// True when it was handed out before and not settled: its work may be half done, or done.
  bool redelivered() const noexcept { return entry().redelivered(); }

  /// Settles it now, in one atomic step: the group remembers the message, the checkpoint moves, the
  /// entry is acknowledged. Await it as the last thing inside a transaction of a database, and let
  /// its exception roll that back: then somebody else has settled, or will.
  ///
  /// A settle that a broken link cut is repeated until the server has answered, without a deadline,
  /// and is known again by the server: it never finds itself to be the somebody else.
  /// Errors: `already_settled` when the message was settled by another member, or before, or when
  /// the entry is not pending any more; `lease_lost` when another member has claimed the entry. In
  /// both cases undo the work. The server's errors: it is not settled and may be tried again.
  /// `closed` when the client was stopped: what became of it nobody knows.
  /// Cancellation: stops the waiting only; what became of it is found out by settling again.
  /// Cost: one round trip (`EVALSHA`: `EXISTS`, `XPENDING`, `HSET`, `SET` twice, `XACK`; now and
  /// then `EXPIRE`).
  boost::asio::awaitable<void> settle();

 private:
  std::shared_ptr<settlement> settlement_;
};

}  // namespace sluice
