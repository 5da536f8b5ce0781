// What can be learnt about a stream, and done with it, from outside of its groups.
#pragma once

#include "sluice/admin/figure.hpp"
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

/// An entry as it is stored: names and values, in order.
///
/// Thread rule: a value.
struct stored_entry {
  entry_id id;
  std::vector<std::pair<std::string, std::string>> fields;
};

/// A stream at a moment.
///
/// Thread rule: a value.
struct stream_facts {
  std::string name;
  /// How many entries are stored.
  std::uint64_t length = 0;
  /// The oldest and the newest that are; empty when none is.
  std::optional<entry_id> first, last;
  /// The greatest id that was ever given out.
  entry_id last_generated;
  /// How many groups it has.
  std::size_t groups = 0;
  /// Memory in bytes, as the server judges by a sample; empty where the user may not ask.
  std::optional<std::uint64_t> bytes;
  /// How many dead letters lie in `dead_letters::stream_of(name)`.
  std::uint64_t dead_letters = 0;
};

/// A group at a moment.
///
/// Thread rule: a value.
struct group_facts {
  std::string name;
  /// The names that the server lists, `consumer_facts::nobody` among them.
  std::size_t consumers = 0;
  /// Handed out and not acknowledged, those that were given back included.
  std::uint64_t pending = 0;
  /// The id up to which entries were handed out.
  entry_id position;
  /// How many stored entries were not handed out yet.
  figure lag;
  /// The oldest entry that the group is not done with: pending, or not handed out yet. Empty when
  /// there is none.
  std::optional<entry_id> oldest;
  /// How long ago that was added, by the server's clock.
  std::chrono::milliseconds age{0};
};

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
  /// Cost: three round trips (`XINFO STREAM`, `TIME`, `XINFO GROUPS`), and for each group one
  /// (`XRANGE`; up to 100 entries where the server does not know the lag) and one more where
  /// entries are pending (`XPENDING`).
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

  /// Takes out entries that every group has acknowledged, in one step: up to the oldest that is
  /// pending anywhere, or was not handed out to some group. Without `to_the_entry` it leaves what
  /// shares a block with an entry that is needed, which is much cheaper. A stream without groups
  /// is left as it is. A group that is made later finds nothing of what was taken out.
  ///
  /// Errors: the server's and the connection's.
  /// Cancellation: it may be trimmed all the same.
  /// Cost: one round trip (`EVALSHA`; in it `XINFO GROUPS`, `XPENDING` and `XTRIM MINID`).
  boost::asio::awaitable<trimmed> trim(bool to_the_entry = false) const;

 private:
  client redis_;
  std::string name_;
};

}  // namespace sluice::admin
