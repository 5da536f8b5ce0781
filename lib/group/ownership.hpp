// The atomic steps by which a pending entry changes its owner. Every rule about who may do what to
// a pending entry is in the scripts of this file.
#pragma once

#include "sluice/redis/script.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// One stream of one group, and the keys beside it. They begin with the stream's name, so that the
/// same ACL pattern covers them, and the same hash tag puts them in the same slot.
struct group_place {
  std::string stream;
  std::string group;

  /// Sorted set of the pending entries that nobody works on: entry id by the server's time in ms
  /// from which on it may be taken.
  std::string released_key() const { return key("released"); }
  /// Who sweeps for the whole group.
  std::string sweeper_key() const { return key("sweeper"); }
  /// Exists while somebody has taken entries away from that member and it may not know.
  std::string robbed_key(std::string_view member) const { return key("robbed:").append(member); }
  /// Exists while an entry that users call by that key is known to be handled.
  std::string seen_key(std::string_view called) const { return key("seen:").append(called); }

 private:
  std::string key(std::string_view what) const {
    return std::string(stream).append(":sluice:").append(group).append(":").append(what);
  }
};

/// The owners of entries in the released set; they are no members.
namespace owner {
/// Given back by a member: handed over at shutdown, or to be tried again.
inline constexpr std::string_view released = "sluice:released";
/// Taken from a member that is silent; it may have been the one that brought it down.
inline constexpr std::string_view orphaned = "sluice:orphaned";
/// True for either.
bool is_nobody(std::string_view name) noexcept;
}  // namespace owner

/// A script with what it is called with.
struct ownership_step {
  const script* what;
  std::vector<std::string> keys;
  std::vector<std::string> arguments;
};

namespace ownership {

/// Takes up to `most` due entries out of the released set.
/// Answers: the server's time in ms; the earliest time in the rest of the set, or an empty text;
/// the entries with id, fields, whether they are suspect (1 or 0), and how often they had been
/// delivered; ids without a payload. An entry that two members had in hand when they died is
/// suspect, and given alone.
ownership_step take(const group_place& at, const std::string& member, std::size_t most);

/// How giving back counts.
enum class attempt : unsigned char {
  counted,      ///< It was tried.
  not_counted,  ///< It was never handed to anybody, or the work was called off.
};

/// Gives entries of `member` back, to be taken from `delay` on.
/// Answers: whose those are that are not the member's any more, an empty text for each that is not
/// pending; ids without a payload.
ownership_step give_back(const group_place& at, const std::string& member,
                         const std::vector<std::string>& ids, std::chrono::milliseconds delay,
                         attempt how);

/// Takes up to `most` entries away from a member that is silent. `mark` is how long it stays marked
/// as robbed.
/// Answers: how many entries it had, up to `most`; ids without a payload.
ownership_step orphan_all(const group_place& at, const std::string& member, std::size_t most,
                          std::chrono::milliseconds mark);

/// The same with the given entries alone, and only where they have been idle for `idle`; none when
/// the server's clock shows more than `not_after`.
ownership_step orphan_idle(const group_place& at, const std::string& member,
                           const std::vector<std::string>& ids, std::chrono::milliseconds idle,
                           std::chrono::milliseconds not_after, std::chrono::milliseconds mark);

/// Renews the leases of entries: their idle time begins anew.
/// Answers: ids that are not the member's any more.
ownership_step renew(const group_place& at, const std::string& member,
                     const std::vector<std::string>& ids);

/// Acknowledges entries of `member` and of nobody else: their ids follow the arguments. Entry by
/// entry when `doubtful`, or when the member is marked as robbed; else all at once.
/// Answers: how many were pending; or the ids that were not acknowledged, each followed by the name
/// of its owner, empty when it is not pending at all.
ownership_step acknowledge(const group_place& at, const std::string& member, bool doubtful);

/// Puts up to `most` entries of one of the nobodies, behind the id `after`, back into the released
/// set where they are missing: it was deleted or evicted.
/// Answers: the last id that it looked at; an empty text at the end.
ownership_step find_released(const group_place& at, std::string_view nobody,
                             const std::string& after, std::size_t most);

/// Removes a consumer that has nothing pending. Answers: 1 when it did.
ownership_step reap(const group_place& at, const std::string& member);

}  // namespace ownership
}  // namespace sluice
