// Sharing the work of streams: each entry goes to one member of the group.
#pragma once

#include "sluice/group/delivery.hpp"
#include "sluice/redis/client.hpp"
#include "sluice/stream/start.hpp"
#include "sluice/stream/waiting.hpp"

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

/// What to do when a group that existed is gone (the stream was deleted, the server flushed or
/// failed over to an older copy). Members agree by themselves: the first one makes it.
enum class group_loss : unsigned char {
  resume,   ///< Make it again after what this member knows to be done: nothing of its own is lost.
  restart,  ///< Make it again at the beginning: nothing at all is lost, much is repeated.
  fail,     ///< `get_entry` throws `errc::no_group`.
};

/// What a `group_consumer` reads, as whom, and how. Setters return the object.
///
/// @code
/// sluice::group("billing").consumer("billing-1").stream("orders").prefetch(100)
/// @endcode
///
/// Thread rule: a value.
class group {
 public:
  /// A membership in the group of this name; name at least one stream before use.
  explicit group(std::string name);

  /// The member's name, unique among the living members of the group. A restart under the same name
  /// finds its pending entries again. Default: host name, process id and a random part.
  group& consumer(std::string name) { return consumer_ = std::move(name), *this; }
  /// Adds a stream; at least one is needed.
  group& stream(std::string name) { return streams_.push_back(std::move(name)), *this; }
  /// Makes missing streams and groups (`XGROUP CREATE … MKSTREAM`), beginning at `from`. That
  /// another member was first counts as success. Default: at `start::earliest()`, so that what was
  /// added before the first member came is not lost. `start::last` is not possible for a group.
  group& auto_create(start from);
  /// Does not make groups: a missing one is an error that names it.
  group& no_auto_create() { return auto_create_.reset(), *this; }
  /// What to do when the group vanishes later. Default `group_loss::resume`.
  group& on_loss(group_loss what) { return on_loss_ = what, *this; }
  /// Entries count as acknowledged when the server hands them out (`NOACK`): at most once, nothing
  /// is ever pending, and what is in flight when something breaks is lost. Default off.
  group& auto_acknowledge(bool on) { return auto_acknowledge_ = on, *this; }
  /// First the entries that are pending under this name, then new ones. Default on.
  group& replay_pending(bool on) { return replay_pending_ = on, *this; }
  /// How many entries a stream are read ahead of whoever takes them. 0 reads only on demand.
  /// Default 100.
  group& prefetch(std::size_t entries) { return prefetch_ = entries, *this; }
  /// Bounds the same in bytes, > 0. Default 4 MiB. One entry always fits.
  group& prefetch_bytes(std::size_t bytes) { return prefetch_bytes_ = bytes, *this; }
  /// How long `get_entry()` waits. Default for ever.
  group& wait(waiting how_long) { return wait_ = how_long, *this; }
  /// What wakes a waiting reader. Default `wake::automatic`.
  group& wake_by(wake how) { return wake_ = how, *this; }
  /// The interval of reads under `wake::poll`. Default 100 ms, > 0.
  group& poll_interval(std::chrono::milliseconds every);
  /// How often a waiting reader looks although nothing rang: the net under the doorbell. Default
  /// 5 s, from 1 s to 60 s.
  group& recheck_interval(std::chrono::milliseconds every);

  /// Beats: publishes the member's name on the channel that is called like the group, so that the
  /// others know it lives, and listens to theirs. Entries of members that fall silent are claimed,
  /// those of slow ones are not. From 10 ms to 10 min; 0, the default, beats not.
  group& heartbeat(std::chrono::milliseconds every);
  /// After which silence a member counts as dead and its entries go to others; of a member that has
  /// never beaten, how long an entry must have been idle. At least twice `heartbeat`. Default ten
  /// times `heartbeat`; without either nothing is claimed.
  group& claim_timeout(std::chrono::milliseconds silence);
  /// How long one delivery may be worked on in all, > 0, however often its lease is renewed; then
  /// others get the entry. `delivery::extend` begins it anew. Default 1 h.
  group& max_lease(std::chrono::milliseconds limit);
  /// After how long a member that is gone, with nothing pending, is removed from the group, ≥ 0.
  /// Default 1 h; 0 removes none. Only members that claim do it.
  group& remove_members_after(std::chrono::milliseconds absence);

  /// How often an entry is delivered at most, > 0, before it is given up: one that comes again and
  /// has been delivered so often becomes a dead letter and is handed to nobody. So an entry that
  /// brings its members down does not do so for ever. Default: no limit.
  group& max_deliveries(std::int64_t count);
  /// The stream that entries are moved to when they are given up. Default: the name of their own
  /// stream and ":dead" (`dead_letters::stream_of`).
  group& dead_letters(std::string stream) { return dead_letters_ = std::move(stream), *this; }
  /// How many dead letters are kept, or a little more; the oldest are dropped beyond that. Default
  /// 0: all.
  group& keep_dead_letters(std::uint64_t count) { return keep_dead_letters_ = count, *this; }

  /// The group's name.
  const std::string& name() const noexcept { return name_; }
  const std::string& consumer() const noexcept { return consumer_; }
  /// The streams to read.
  const std::vector<std::string>& streams() const noexcept { return streams_; }
  const std::optional<start>& auto_create() const noexcept { return auto_create_; }
  group_loss on_loss() const noexcept { return on_loss_; }
  bool auto_acknowledge() const noexcept { return auto_acknowledge_; }
  bool replay_pending() const noexcept { return replay_pending_; }
  std::size_t prefetch() const noexcept { return prefetch_; }
  std::size_t prefetch_bytes() const noexcept { return prefetch_bytes_; }
  waiting wait() const noexcept { return wait_; }
  wake wake_by() const noexcept { return wake_; }
  std::chrono::milliseconds poll_interval() const noexcept { return poll_interval_; }
  std::chrono::milliseconds recheck_interval() const noexcept { return recheck_interval_; }
  std::chrono::milliseconds heartbeat() const noexcept { return heartbeat_; }
  /// As it was set, or as follows from `heartbeat`; 0 when nothing is claimed.
  std::chrono::milliseconds claim_timeout() const noexcept {
    return claim_timeout_.count() > 0 ? claim_timeout_ : 10 * heartbeat_;
  }
  std::chrono::milliseconds max_lease() const noexcept { return max_lease_; }
  std::chrono::milliseconds remove_members_after() const noexcept { return remove_after_; }
  std::int64_t max_deliveries() const noexcept { return max_deliveries_; }
  /// Where the dead letters of one of the streams go.
  std::string dead_letters_of(std::string_view stream) const;
  std::uint64_t keep_dead_letters() const noexcept { return keep_dead_letters_; }
  /// True when leases are kept: entries are claimed from the dead, and renewed for the living.
  bool keeps_leases() const noexcept { return claim_timeout().count() > 0; }

 private:
  std::string name_;
  std::string consumer_;
  std::vector<std::string> streams_;
  std::optional<start> auto_create_ = start::earliest();
  group_loss on_loss_ = group_loss::resume;
  bool auto_acknowledge_ = false;
  bool replay_pending_ = true;
  std::size_t prefetch_ = 100;
  std::size_t prefetch_bytes_ = std::size_t{4} << 20U;
  waiting wait_ = waiting::for_ever();
  wake wake_ = wake::automatic;
  std::chrono::milliseconds poll_interval_{100};
  std::chrono::milliseconds recheck_interval_{5'000};
  std::chrono::milliseconds heartbeat_{0};
  std::chrono::milliseconds claim_timeout_{0};
  std::chrono::milliseconds max_lease_{3'600'000};
  std::chrono::milliseconds remove_after_{3'600'000};
  std::int64_t max_deliveries_ = 0;
  std::string dead_letters_;
  std::uint64_t keep_dead_letters_ = 0;
};

/// A member of a consumer group.
///
/// @code
/// sluice::group_consumer orders(redis, sluice::group("billing").stream("orders"));
/// while (auto order = co_await orders.get_entry()) {
///   co_await charge(order->field("customer"), order->field("total"));
///   co_await std::move(*order).ack();
/// }
/// @endcode
///
/// Delivery is at least once: an entry is handed out again after a crash, or when its reply was
/// lost on a broken link and cannot be told from one that was not worked on.
///
/// Thread rule: used on the client's executor. Several coroutines may await entries at once.
/// Lifetime: keeps its client's connection alive; destroying it ends all waits with an empty
/// result. Deliveries may outlive it.
class group_consumer {
 public:
  /// Reading begins with the first call that waits for an entry.
  ///
  /// Throws `error` with `errc::invalid_argument` for options that contradict each other.
  group_consumer(client redis, group what);
  group_consumer(group_consumer&&) noexcept;
  group_consumer& operator=(group_consumer&&) noexcept;
  ~group_consumer();

  /// The next entry. Of several streams each gets its turn. Empty when nothing came within the
  /// waiting time, or when the consumer is closed.
  ///
  /// Errors: `no_group` naming the streams, without auto-create; `wrong_type`, `not_permitted` and
  /// other errors of one stream, once; reading that stream is tried again by itself meanwhile, the
  /// others go on. `closed` when the client was closed.
  /// Cancellation: loses nothing; what was on its way goes to the next call.
  /// Cost: none while entries are buffered; one round trip a batch (`XREADGROUP`, with `XLEN` to
  /// arm the doorbell; at the start `XGROUP CREATE`).
  boost::asio::awaitable<std::optional<delivery>> get_entry();
  /// The same with a waiting time of its own.
  ///
  /// Errors, cancellation and cost: as above.
  boost::asio::awaitable<std::optional<delivery>> get_entry(waiting how_long);
  /// Up to `max` entries (≥ 1): waits as `get_entry` for the first and takes what is buffered.
  /// Empty when `get_entry` would be.
  ///
  /// Errors, cancellation and cost: as `get_entry`.
  boost::asio::awaitable<std::vector<delivery>> get_batch(std::size_t max);

  /// The client it was made with.
  const client& get_client() const noexcept;
  /// The group's name.
  const std::string& group_name() const noexcept;
  /// The member's name.
  const std::string& consumer_name() const noexcept;
  /// Begins to read one more stream.
  void add_stream(std::string name);
  /// Stops reading a stream. Its buffered entries stay pending under this name.
  void remove_stream(const std::string& name);
  /// The id of the last entry handed out of a stream; empty before the first.
  std::optional<entry_id> position(const std::string& name) const;

  /// Hands out nothing and reads nothing more until `resume`. What was read ahead stays here, and
  /// its leases are kept.
  void pause() noexcept;
  /// Goes on.
  void resume();
  /// True between the two.
  bool paused() const noexcept;

  /// Waits until the server has confirmed all acknowledgements given so far.
  ///
  /// Errors: none; failures raise `events::acknowledgement_failed`.
  /// Cancellation: stops the waiting only. Cost: shares their round trip (`XACK`).
  boost::asio::awaitable<void> flush();
  /// Ends the waits with an empty result and reads no more. What was read ahead and nobody took is
  /// given back at once where leases are kept, and stays pending under this name elsewhere.
  /// Deliveries can still be settled; until then their leases are kept.
  void close() noexcept;

 private:
  friend struct group_access;

  std::shared_ptr<class stream_intake> intake_;
};

}  // namespace sluice
