// What can be learnt about a stream, and done with it, from outside of its groups.
#pragma once

#include "sluice/admin/facts.hpp"
#include "sluice/core/entry_id.hpp"
#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::admin {

/// What trimming took out, or would.
///
/// Thread rule: a value.
struct trimmed {
  /// The oldest id that some group may still need; empty when the stream has no group, and nothing
  /// is known to be done with.
  std::optional<entry_id> edge;
  /// How many entries that are before it.
  figure entries;
};

/// One stream, for whoever looks after it. Nothing here reads as a member of a group: what members
/// get is not changed by looking.
///
/// Thread rule: used on the client's executor.
/// Lifetime: keeps its client's connection alive; operations in progress outlive it.
class stream_desk {
 public:
  /// Throws `error` with `errc::invalid_argument` when the name is empty.
  stream_desk(client redis, std::string name);

  /// The stream's name.
  const std::string& name() const noexcept { return name_; }

  /// What it is like now; empty when there is no such stream.
  ///
  /// Errors: `wrong_type` when it is none; the server's and the connection's.
  /// Cancellation: changes nothing.
  /// Cost: three round trips (`XINFO STREAM`, `MEMORY USAGE`, `XLEN`).
  boost::asio::awaitable<std::optional<stream_facts>> facts() const;

  /// Its groups, in order of their names; none when there is no such stream.
  ///
  /// Errors and cancellation: as `facts`.
  /// Cost: one round trip (`XINFO GROUPS`); for each group that is behind two more (`XRANGE`,
  /// `XLEN`; `XINFO STREAM` and up to 100 entries where the server does not know the lag), and one
  /// where entries are pending (`XPENDING`); one for the ages (`TIME`).
  boost::asio::awaitable<std::vector<group_facts>> groups() const;

  /// One entry; empty when there is none of that id.
  ///
  /// Errors and cancellation: as `facts`. Cost: one round trip (`XRANGE`).
  boost::asio::awaitable<std::optional<stored_entry>> find(entry_id id) const;

  /// Removes one entry, also for groups that have it pending: they find it gone. False when there
  /// is none of that id (any more).
  ///
  /// Errors: the server's and the connection's. Cancellation: it may be removed all the same.
  /// Cost: one round trip (`XDEL`).
  boost::asio::awaitable<bool> remove(entry_id id) const;

  /// What `trim` would take out now.
  ///
  /// Errors and cancellation: as `facts`.
  /// Cost: up to four round trips (`EVALSHA`, `XINFO STREAM`, `XRANGE` of up to 100 entries).
  boost::asio::awaitable<trimmed> spent() const;

  /// Takes out entries that every group has acknowledged: up to the oldest that is pending
  /// anywhere, or was not handed out to some group. With `to_the_entry` in one step; without it
  /// leaves what shares a block with an entry that is needed, which is much cheaper, and goes on in
  /// small steps, so that the server is not busy for long. A stream without groups is left as it
  /// is. A group that is made later finds nothing of what was taken out.
  ///
  /// Errors: the server's and the connection's; what was taken out until then is gone.
  /// Cancellation: stops between two steps; the last may be done all the same.
  /// Cost: one round trip (`EVALSHA`; in it `XINFO GROUPS`, `XPENDING` and `XTRIM MINID`), and
  /// without `to_the_entry` one more for each 10,000 entries.
  boost::asio::awaitable<trimmed> trim(bool to_the_entry = false) const;

 private:
  client redis_;
  std::string name_;
};

}  // namespace sluice::admin
