// What can be learnt about a group, and done with it, from outside.
#pragma once

#include "sluice/admin/facts.hpp"
#include "sluice/core/entry_id.hpp"
#include "sluice/redis/client.hpp"
#include "sluice/stream/start.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::admin {

/// An entry that was handed out and is not acknowledged.
///
/// Thread rule: a value.
struct pending_facts {
  entry_id id;
  std::string consumer;
  /// Since it was handed out, or its lease was renewed.
  std::chrono::milliseconds idle{0};
  /// How often it was.
  std::int64_t deliveries = 0;
  /// The entry; empty where that was not asked for, or it is deleted.
  std::optional<stored_entry> content;
};

/// Which pending entries.
///
/// Thread rule: a value.
class pending_query {
 public:
  /// At most so many, 1 to 10,000; 100 if not set.
  pending_query& most(std::size_t entries) { return most_ = entries, *this; }
  /// Behind that id: the last one of a page, for the next.
  pending_query& after(entry_id id) { return after_ = id, *this; }
  /// Of one consumer alone.
  pending_query& consumer(std::string name) { return consumer_ = std::move(name), *this; }
  /// Those that have been idle for so long at least, ≥ 0.
  pending_query& idle_for(std::chrono::milliseconds time) { return idle_ = time, *this; }
  /// With what they contain.
  pending_query& with_content(bool yes) { return content_ = yes, *this; }

  /// What was set.
  std::size_t most() const noexcept { return most_; }
  /// What was set; `0-0` for the beginning.
  entry_id after() const noexcept { return after_; }
  /// What was set; empty for all.
  const std::string& consumer() const noexcept { return consumer_; }
  /// What was set.
  std::chrono::milliseconds idle_for() const noexcept { return idle_; }
  /// What was set.
  bool with_content() const noexcept { return content_; }

 private:
  std::size_t most_ = 100;
  entry_id after_;
  std::string consumer_;
  std::chrono::milliseconds idle_{0};
  bool content_ = false;
};

/// What became of a group that was to be removed.
///
/// Thread rule: a trivial value.
struct group_removal {
  /// It was there, and is gone.
  bool removed = false;
  /// What was pending in it then; it was kept for these unless they were to be dropped.
  std::uint64_t pending = 0;
};

/// Where a group was moved, or would be.
///
/// Thread rule: a trivial value.
struct group_move {
  entry_id from, to;
  /// How many stored entries lie between: they are handed out again, or never.
  figure entries;
  /// How many pending entries lie behind `to`: somebody has them in hand, and they are handed out
  /// again beside that.
  std::uint64_t pending = 0;

  /// They are handed out again.
  bool back() const noexcept { return to < from; }
};

/// One group of a stream, for whoever looks after it. Looking makes no consumer and counts as no
/// delivery.
///
/// Errors of all operations: `no_group` when there is no such stream or group, the server's and the
/// connection's.
///
/// Thread rule: used on the client's executor.
/// Lifetime: keeps its client's connection alive; operations in progress outlive it.
class group_desk {
 public:
  /// Throws `error` with `errc::invalid_argument` when a name is empty.
  group_desk(client redis, std::string stream, std::string group);

  /// The stream's name.
  const std::string& stream() const noexcept { return stream_; }
  /// The group's name.
  const std::string& name() const noexcept { return group_; }

  /// The names that the server lists, in their order, nobody's last.
  ///
  /// Errors: as above. Cancellation: changes nothing.
  /// Cost: one round trip (`XINFO CONSUMERS`).
  boost::asio::awaitable<std::vector<consumer_facts>> consumers() const;

  /// A page of what is pending, the oldest first. Fewer than were asked for are the last.
  ///
  /// Throws `error` with `errc::invalid_argument` for numbers and times out of range.
  /// Errors: as above. Cancellation: changes nothing.
  /// Cost: one round trip (`XPENDING`), and with content `XRANGE` for each entry, of which 64 share
  /// a round trip.
  boost::asio::awaitable<std::vector<pending_facts>> pending(
      const pending_query& which = pending_query()) const;

  /// Where `move` would lead, and what it would mean. `where` as there.
  ///
  /// Throws, errors: as `move`. Cancellation: changes nothing.
  /// Cost: up to four round trips (`XINFO GROUPS`, `XINFO STREAM`, `XRANGE` of up to 100 entries),
  /// and where entries are pending one for each 10,000 of those behind the place (`XPENDING`).
  boost::asio::awaitable<group_move> foresee(start where) const;

  /// Moves the group's position: to the oldest stored entry, behind the newest, behind an id or to
  /// a wall-clock time. What is not there yet is no place: an id or time to come means the end, as
  /// nothing would be handed out until then.
  ///
  /// What lies behind the new position is handed out again, whether it was acknowledged or is
  /// pending. A pending entry then is the new reader's, as if it had never been delivered; who had
  /// it goes on with it, and learns only when it acknowledges, if at all. Pending entries up to the
  /// new position stay as they are. Members that read ahead still hand out what they had read, and
  /// those that wait see it with their next look, within seconds.
  ///
  /// Throws `error` with `errc::invalid_argument` for `start::last`.
  /// Errors: as above. `outcome_unknown` when the link broke before the answer came: it may have
  /// been moved, and members have read on since; look where it is before it is moved again.
  /// Cancellation: it may be moved all the same.
  /// Cost: that of `foresee`, and one round trip (`XGROUP SETID`).
  boost::asio::awaitable<group_move> move(start where) const;

  /// Gives back what a consumer has in hand now, for any member of this library to take; the
  /// members of others claim it as they claim of a consumer that is dead. Returns how many entries.
  /// If the consumer still lives, its acknowledgements of these are refused, and it may take more.
  ///
  /// Throws `error` with `errc::invalid_argument` when the name is empty or nobody's.
  /// Errors: as above; what was given back until then stays so.
  /// Cancellation: stops between two steps.
  /// Cost: one round trip (`XINFO CONSUMERS`), and one for each 100 entries (`EVALSHA`).
  boost::asio::awaitable<std::size_t> release(std::string consumer) const;

  /// Removes a consumer's name, once all that it has in hand is given back, see `release`. False
  /// when there is none of that name. A consumer that lives makes itself anew with its next read.
  ///
  /// Throws, errors and cancellation: as `release`; `overloaded` when it lives and takes entries as
  /// fast as they are given back, so that it is not removed: stop it first.
  /// Cost: that of `release`, where it lives up to ten times, and two round trips (`XINFO
  /// CONSUMERS`, `EVALSHA`).
  boost::asio::awaitable<bool> remove_consumer(std::string name) const;

  /// Removes the group with its position and the keys beside it, in one step; only when nothing is
  /// pending, unless `drop_pending`.
  ///
  /// Errors: as above, but none when the group is not there.
  /// Cancellation: it may be removed all the same.
  /// Cost: one round trip (`EVALSHA`).
  boost::asio::awaitable<group_removal> remove(bool drop_pending = false) const;

 private:
  client redis_;
  std::string stream_, group_;
};

}  // namespace sluice::admin
