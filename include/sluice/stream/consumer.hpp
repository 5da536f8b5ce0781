// Reading streams on one's own: every consumer sees every entry.
#pragma once

#include "sluice/redis/client.hpp"
#include "sluice/stream/entry.hpp"
#include "sluice/stream/start.hpp"
#include "sluice/stream/waiting.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// What a `consumer` reads, and how. Setters return the object.
///
/// Thread rule: a value.
class streams {
 public:
  /// Begins with one stream; add more with `stream`.
  explicit streams(std::string name, start from = start::latest()) {
    stream(std::move(name), from);
  }

  /// Adds a stream and where to begin in it.
  streams& stream(std::string name, start from = start::latest());
  /// How many entries a stream are read ahead of whoever takes them. 0 reads only on demand.
  /// Default 100.
  streams& prefetch(std::size_t entries) { return prefetch_ = entries, *this; }
  /// Bounds the same in bytes, > 0. Default 4 MiB. One entry always fits.
  streams& prefetch_bytes(std::size_t bytes) { return prefetch_bytes_ = bytes, *this; }
  /// How long `get_entry()` waits. Default for ever.
  streams& wait(waiting how_long) { return wait_ = how_long, *this; }
  /// What wakes a waiting reader. Default `wake::automatic`.
  streams& wake_by(wake how) { return wake_ = how, *this; }
  /// The interval of reads under `wake::poll`. Default 100 ms, > 0.
  streams& poll_interval(std::chrono::milliseconds every);
  /// How often a waiting reader looks although nothing rang: the net under the doorbell. Default
  /// 5 s, from 1 s to 60 s.
  streams& recheck_interval(std::chrono::milliseconds every);

  /// The streams and where to begin in each.
  const std::vector<std::pair<std::string, start>>& names() const noexcept { return names_; }
  std::size_t prefetch() const noexcept { return prefetch_; }
  std::size_t prefetch_bytes() const noexcept { return prefetch_bytes_; }
  waiting wait() const noexcept { return wait_; }
  wake wake_by() const noexcept { return wake_; }
  std::chrono::milliseconds poll_interval() const noexcept { return poll_interval_; }
  std::chrono::milliseconds recheck_interval() const noexcept { return recheck_interval_; }

 private:
  std::vector<std::pair<std::string, start>> names_;
  std::size_t prefetch_ = 100;
  std::size_t prefetch_bytes_ = std::size_t{4} << 20U;
  waiting wait_ = waiting::for_ever();
  wake wake_ = wake::automatic;
  std::chrono::milliseconds poll_interval_{100};
  std::chrono::milliseconds recheck_interval_{5'000};
};

/// Reads streams independently of any group.
///
/// @code
/// sluice::consumer log(redis, sluice::streams("log", sluice::start::earliest()));
/// while (auto line = co_await log.get_entry()) print(line->field("text"));
/// @endcode
///
/// Thread rule: used on the client's executor. Several coroutines may await entries at once.
/// Lifetime: keeps its client's connection alive; destroying it ends all waits with an empty
/// result.
class consumer {
 public:
  /// Reading begins with the first call that waits for an entry.
  consumer(client redis, const streams& what);
  consumer(consumer&&) noexcept;
  consumer& operator=(consumer&&) noexcept;
  ~consumer();

  /// The next entry. Of several streams each gets its turn. Empty when nothing came within the
  /// waiting time, or when the consumer is closed.
  ///
  /// Errors: `wrong_type`, `not_permitted` and other errors of one stream, once; reading that
  /// stream is tried again by itself meanwhile, the others go on. `closed` when the client was
  /// closed.
  /// Cancellation: loses nothing; what was on its way goes to the next call.
  /// Cost: none while entries are buffered; one round trip a batch (`XREAD`; at the start
  /// `XINFO STREAM` or `XREVRANGE`).
  boost::asio::awaitable<std::optional<entry>> get_entry();
  /// The same with a waiting time of its own.
  ///
  /// Errors, cancellation and cost: as above.
  boost::asio::awaitable<std::optional<entry>> get_entry(waiting how_long);
  /// Up to `max` entries (≥ 1): waits as `get_entry` for the first and takes what is buffered.
  /// Empty when `get_entry` would be.
  ///
  /// Errors, cancellation and cost: as `get_entry`.
  boost::asio::awaitable<std::vector<entry>> get_batch(std::size_t max);

  /// Begins to read one more stream.
  void add_stream(std::string name, start from = start::latest());
  /// Stops reading a stream; its buffered entries are dropped.
  void remove_stream(const std::string& name);
  /// The id of the last entry handed out, or of where reading began; empty while that is not known
  /// yet. `start::after(*position)` goes on behind it.
  std::optional<entry_id> position(const std::string& name) const;

  /// Ends the waits with an empty result and reads no more.
  void close() noexcept;

 private:
  std::shared_ptr<class stream_intake> intake_;
};

}  // namespace sluice
