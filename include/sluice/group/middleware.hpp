// What many workers want around their handlers: a log, a limit of time, memory of what was done
// already, a rate.
#pragma once

#include "sluice/core/clock.hpp"
#include "sluice/group/worker.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// One line of a log of what handlers do. It names the entry and tells nothing of what is in it.
///
/// Thread rule: a trivial value; its views live during the call that it is given to.
struct handling {
  /// What has happened.
  enum class phase : unsigned char { begun, ended, failed };

  phase what = phase::begun;
  std::string_view stream;
  std::string_view group;
  std::string_view consumer;
  std::string_view id;
  /// How often the entry has been delivered, this time included; empty where it is not known.
  std::optional<std::int64_t> delivery_count;
  /// Since it began, by the client's clock; 0 for `phase::begun`.
  clock::duration took{0};
  /// What the error says; empty unless it has failed. It is the handler's own text.
  std::string_view error_text;
};

/// Takes such lines. Called where the handler runs: with `worker_options::run_handlers_on` that may
/// be several threads at once.
using handling_sink = std::function<void(const handling&)>;

/// Tells `sink` when the handling of an entry begins, and how and after what time it ends. What the
/// sink throws is dropped: a log does not decide over an entry.
///
/// Throws `error` with `errc::invalid_argument` without a sink.
middleware log_entries(handling_sink sink);

/// Cancels a handler, through its cancellation slot, that has taken longer than `longest`, > 0, by
/// the client's clock. The attempt fails with `errc::timeout`, so that error handlers and the retry
/// policy decide: also when the handler ends without an error after that, unless it has settled the
/// entry by itself. A handler that ignores its cancellation is waited for. A lost lease and the end
/// of the drain cancel it as without a limit.
///
/// Throws `error` with `errc::invalid_argument` for a limit that is not positive.
/// Cost: one trip through the handler's executor.
middleware time_limit(std::chrono::milliseconds longest);

/// Which entries are the same work: the key of one; an empty key is like no other's.
using key_of_entry = std::function<std::string(const entry&)>;

/// Acknowledges an entry without calling the handler when one of the same key was handled already,
/// here or by another member, within the last `memory`, at least 1 ms.
///
/// Keys are remembered on the server, for each stream and group by itself, from the moment when the
/// handler has returned; the key "<stream>:sluice:<group>:seen:<key>" holds the id of the entry.
/// The mark leaves with the acknowledgement and before it, so that a crash loses no work: what it
/// leaves is an entry that comes again, or one that comes again and is skipped.
///
/// It is at least once all the same. Entries of one key are handled twice when two members have
/// them at the same time, when a member dies between the handler's effect and the mark, and when
/// the second comes after `memory` is over. Within one client entries of one key wait for each
/// other, in their benches. Not remembered are entries whose handler threw, was cancelled, or
/// settled the entry by itself.
///
/// A mark that the server refuses raises `events::upkeep_failed`, and the entry counts as handled:
/// to fail it would repeat for certain what the mark only makes unlikely. A question that it does
/// not answer fails the attempt.
///
/// Throws `error` with `errc::invalid_argument` without a function, or for a shorter memory.
/// Cost: one round trip before the handler (`EXISTS`), and `SET … NX PX` beside the `XACK`.
middleware deduplicate(key_of_entry key_of, std::chrono::milliseconds memory);

/// Lets at most `per_second` handlers begin in a second, from 0.001 to 1,000,000, after a rest up
/// to `burst` at once, from 1 to 1,000,000. It counts for all workers that were given this
/// middleware or a copy of it, in this process; by the client's clock.
///
/// Entries wait for their turn in hand, at a bench. One that is cancelled meanwhile, or whose
/// worker is stopped, is given back at once as if it had not been tried; its turn is lost.
///
/// Throws `error` with `errc::invalid_argument` for numbers out of range.
middleware rate_limit(double per_second, std::size_t burst = 1);

}  // namespace sluice
