// Adding entries to streams.
#pragma once

#include "sluice/core/entry_id.hpp"
#include "sluice/redis/client.hpp"
#include "sluice/stream/fields.hpp"

#include <boost/asio/awaitable.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice {

/// What to cut off when an entry is added, so that a stream does not grow for ever. The server cuts
/// whatever a group has not read yet as well: choose generously.
///
/// Thread rule: a trivial value.
class trim {
 public:
  /// Keeps the last `count` entries, or a little more: whole blocks are cut, which is much cheaper.
  static constexpr trim max_length(std::uint64_t count) noexcept {
    return trim(kind::length, count, entry_id());
  }
  /// Keeps the entries from `id` on, or a little more.
  static constexpr trim min_id(entry_id id) noexcept { return trim(kind::id, 0, id); }
  /// Cuts exactly.
  constexpr trim exactly() const noexcept {
    auto copy = *this;
    copy.exact_ = true;
    return copy;
  }
  /// Cuts at most so many entries at a time; not together with `exactly`.
  constexpr trim limit(std::uint64_t entries) const noexcept {
    auto copy = *this;
    copy.limit_ = entries;
    return copy;
  }

 private:
  friend class producer;
  friend class add_command;
  enum class kind : unsigned char { length, id };
  constexpr trim(kind what, std::uint64_t length, entry_id id) noexcept
      : kind_(what), length_(length), id_(id) {}

  kind kind_;
  bool exact_ = false;
  std::uint64_t length_;
  entry_id id_;
  std::uint64_t limit_ = 0;
};

/// How to add one entry. Setters return the object.
///
/// Thread rule: a trivial value.
class add_options {
 public:
  constexpr add_options() = default;
  /// Cuts the stream while adding.
  constexpr add_options& cut(trim what) { return cut_ = what, *this; }
  /// Refuses to make a stream that does not exist; `add` then fails with `errc::no_such_key`.
  constexpr add_options& only_existing(bool on = true) { return only_existing_ = on, *this; }
  /// An id of one's own, greater than the stream's last; the server makes one by default.
  constexpr add_options& id(entry_id chosen) { return id_ = chosen, *this; }
  /// A key of the application's own, 1 to 256 bytes, that stands for what is added: producers of
  /// one name add under each key once, in whatever process, until it is forgotten. Asked again,
  /// they give the first ids and look at nothing else. The bytes are copied. Needs
  /// `producer::named`.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  add_options& once(std::string_view key);
  /// The deadline of this call; the connection's default if not set.
  constexpr add_options& timeout(std::chrono::milliseconds limit) {
    return timeout_ = limit, *this;
  }

  constexpr const std::optional<trim>& cut() const noexcept { return cut_; }
  constexpr bool only_existing() const noexcept { return only_existing_; }
  constexpr const std::optional<entry_id>& id() const noexcept { return id_; }
  /// The key of one's own; empty when there is none.
  constexpr std::string_view once() const noexcept { return {key_.data(), key_size_}; }
  constexpr std::chrono::milliseconds timeout() const noexcept { return timeout_; }

 private:
  std::optional<trim> cut_;
  bool only_existing_ = false;
  std::optional<entry_id> id_;
  // In place, so that the class needs no destructor: see CONTRIBUTING, "Coroutines and GCC 12".
  std::array<char, 256> key_{};
  std::uint16_t key_size_ = 0;
  std::chrono::milliseconds timeout_{-1};
};

/// When an added entry counts as stored.
///
/// Thread rule: a trivial value.
class durability {
 public:
  /// When the master has executed it. The default.
  static constexpr durability master() noexcept { return durability(0, 0, {}); }
  /// When so many replicas have it too, within a time (`WAIT`).
  static constexpr durability replicas(std::uint32_t count,
                                       std::chrono::milliseconds within) noexcept {
    return durability(count, 0, within);
  }
  /// When it is in the master's append-only file on disk, and in that of so many replicas, within a
  /// time (`WAITAOF`, Redis 7.2).
  static constexpr durability disk(std::uint32_t replica_count,
                                   std::chrono::milliseconds within) noexcept {
    return durability(replica_count, 1, within);
  }

  /// How many replicas must confirm.
  constexpr std::uint32_t replica_count() const noexcept { return replicas_; }
  /// Whether the append-only files must have it.
  constexpr bool needs_disk() const noexcept { return local_ != 0; }
  /// Whether anything beyond the master's word is asked for.
  constexpr bool needs_wait() const noexcept { return replicas_ != 0 || local_ != 0; }
  /// How long the confirmations may take.
  constexpr std::chrono::milliseconds within() const noexcept { return within_; }

 private:
  constexpr durability(std::uint32_t count, std::uint32_t local,
                       std::chrono::milliseconds within) noexcept
      : replicas_(count), local_(local), within_(within) {}
  std::uint32_t replicas_;
  std::uint32_t local_;
  std::chrono::milliseconds within_;
};

/// Adds entries. Any number of coroutines may add at once; their entries leave in one write, in the
/// order of the calls.
///
/// Thread rule: used on the client's executor.
/// Lifetime: keeps its client's connection alive; operations in progress outlive the producer.
class producer {
 public:
  /// A producer on the shared connection. With a durability other than `master()` it uses a
  /// connection of its own, as `WAIT` blocks the connection it is sent on.
  explicit producer(client redis, durability stored = durability::master());
  producer(producer&&) noexcept;
  producer& operator=(producer&&) noexcept;
  ~producer();

  /// How many entries, and how many of their bytes, `send` lets be unconfirmed at a time. Defaults
  /// 1,024 and 4 MiB.
  producer& window(std::size_t entries, std::size_t bytes);

  /// Gives the producer a name, under which the server remembers what was added: from now on each
  /// entry is added at most once. When the link breaks, what was sent and not answered is sent
  /// again on the next link and gives the id of its first execution; `outcome_unknown` does not
  /// occur. Call it before the first entry.
  ///
  /// `name` has 1 to 128 bytes and none of `: # { }`. Any number of producers may have the same;
  /// they share the keys of `add_options::once`, which last for `memory`, 1 s to 366 days, from
  /// when they were last used.
  ///
  /// Records are kept beside the stream, so that one pattern of the ACL and one hash tag in the
  /// stream's name cover both:
  /// - `<stream>:once:<name>#<incarnation>`, a hash for each producer and stream, of the entries
  ///   whose reply is outstanding and a hundred or so more; it expires after a day
  /// - `<stream>:once:<name>:<key>`, a string for each key of one's own
  ///
  /// An entry has at most 3,900 fields then. The user needs the rights to `EVALSHA`, `EVAL`,
  /// `XADD`, `HSETNX`, `HSET`, `HGET`, `HDEL`, `PEXPIRE`, and for keys of one's own `SET` and
  /// `GET`. What the server loses of its data it no longer remembers.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  producer& named(std::string_view name, std::chrono::milliseconds memory = std::chrono::hours(24));

  /// Adds an entry and gives its id.
  ///
  /// Errors: `outcome_unknown` when the link broke after sending (the entry may have been added:
  /// adding it again may double it; with a name it is repeated instead); `no_such_key` with
  /// `only_existing`; `invalid_argument` for no fields, or for an id that is not greater than the
  /// last; `out_of_memory`; `too_few_replicas` when it is stored on the master but not as durably
  /// as asked (the diagnostics have the id); the errors of `client::exec`.
  /// Cancellation: an entry that was sent is added all the same.
  /// Cost: one round trip, shared with its neighbours (`XADD`, by a script for a named producer,
  /// which takes the server some 4 µs more; `WAIT`, `WAITAOF`).
  boost::asio::awaitable<entry_id> add(std::string_view stream, const fields& what,
                                       add_options how = add_options());
  /// Adds entries in order, without others in between on this connection, and gives their ids.
  ///
  /// Errors: the first that occurred, as `add`; the entries before it have been added.
  /// Cancellation: as `add`. Cost: one round trip for all (`XADD` each; a named producer calls the
  /// script once for a thousand).
  boost::asio::awaitable<std::vector<entry_id>> add_many(std::string_view stream,
                                                         const std::vector<fields>& what,
                                                         add_options how = add_options());

  /// Queues an entry and waits only while the window is full. What fails is counted and told by
  /// `flush`.
  ///
  /// Errors: `invalid_argument`, `closed`.
  /// Cancellation: not queued if it still waited.
  /// Cost: none of its own; a full window waits for a round trip (`XADD`).
  boost::asio::awaitable<void> send(std::string_view stream, const fields& what,
                                    add_options how = add_options());
  /// Waits until everything that was sent is confirmed.
  ///
  /// Errors: the first failure since the last `flush`; the diagnostics say how many there were.
  /// Cancellation: stops the waiting only. Cost: the round trip under way.
  boost::asio::awaitable<void> flush();
  /// How many entries that were sent have failed since the last `flush`, for loops that had better
  /// stop than go on.
  std::size_t failures() const noexcept;

 private:
  std::shared_ptr<class outlet> outlet_;
};

}  // namespace sluice
