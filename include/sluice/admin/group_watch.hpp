// Looking at groups again and again, and at the worst of them most often.
#pragma once

#include "sluice/admin/group_view.hpp"
#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace sluice::admin {

/// Which groups are watched, and how much one look may cost.
///
/// Thread rule: a value.
class watch_options {
 public:
  /// Streams: a name, or a pattern of the server's such as "orders:*". All, if none is given.
  watch_options& streams(std::string pattern) {
    return patterns_.push_back(std::move(pattern)), *this;
  }
  /// After which silence a consumer counts as dead, > 0; 5 min if not set. More than handlers take.
  watch_options& dead_after(std::chrono::milliseconds time) { return dead_after_ = time, *this; }
  /// So many of the worst groups are looked at each time, 1 to 1,000; 20 if not set.
  watch_options& worst(std::size_t groups) { return worst_ = groups, *this; }
  /// Of the others so many streams each time, in turns, 1 to 10,000; 200 if not set.
  watch_options& turns(std::size_t streams) { return turns_ = streams, *this; }
  /// Whether to listen to the heartbeats of the worst groups; true if not set.
  watch_options& listen(bool yes) { return listen_ = yes, *this; }

  /// What was set.
  const std::vector<std::string>& streams() const noexcept { return patterns_; }
  /// What was set.
  std::chrono::milliseconds dead_after() const noexcept { return dead_after_; }
  /// What was set.
  std::size_t worst() const noexcept { return worst_; }
  /// What was set.
  std::size_t turns() const noexcept { return turns_; }
  /// What was set.
  bool listen() const noexcept { return listen_; }

 private:
  std::vector<std::string> patterns_;
  std::chrono::milliseconds dead_after_ = std::chrono::minutes(5);
  std::size_t worst_ = 20;
  std::size_t turns_ = 200;
  bool listen_ = true;
};

/// Groups of many streams, looked at again and again. A look costs the same however many streams
/// there are: it asks about the worst groups, and about some of the others in turns, so that each
/// is asked about sooner or later. What is shown of a group is what its last look told.
///
/// It reads as nobody, and changes nothing.
///
/// Thread rule: used on the client's executor, one `look` at a time.
/// Lifetime: keeps its client's connection alive; a look in progress outlives it.
class group_watch {
 public:
  /// Asks for nothing yet.
  ///
  /// Throws `error` with `errc::invalid_argument` for numbers and times out of range, and for an
  /// empty pattern.
  explicit group_watch(client redis, const watch_options& how = watch_options());

  /// Looks once. New streams are searched for at most every 30 s, piece by piece.
  ///
  /// Errors: the server's and the connection's; what was known stays, and the next call goes on.
  /// Streams that this user may not look at are passed over. Of those with an entry that is larger
  /// than the client takes no more is told than a brief look tells.
  /// Cancellation: as an error.
  /// Cost: at most 10 pieces of 1,000 keys (`SCAN`; 100 in the beginning), for 5,000 streams that
  /// are new `XINFO GROUPS`, and for those of the worst and in turns that of `states_of` and a
  /// question each (`XLEN`); `SUBSCRIBE` to the heartbeats of the worst.
  boost::asio::awaitable<void> look();

  /// Whether every stream was found, and its turn has come once: only then all is known by which
  /// one group is worse than another.
  bool complete() const noexcept;
  /// At most so many groups, the worst first.
  std::vector<group_view> worst(std::size_t most) const;
  /// What all of them add up to.
  watch_totals totals() const;

 private:
  struct state;

  std::shared_ptr<state> state_;
};

}  // namespace sluice::admin
