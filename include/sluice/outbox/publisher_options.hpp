// How staged messages are published, and what is told about it.
#pragma once

#include "sluice/core/error.hpp"
#include "sluice/outbox/table.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace sluice::outbox {

/// Something kept staged messages from being sent; they are tried again. Views are valid during the
/// call only.
struct publish_failure {
  const error& why;          ///< From the database or from Redis; no payload, no credentials.
  std::string_view topic;    ///< The topic that Redis refuses; empty when it is about all.
  std::size_t messages = 0;  ///< How many messages it is known to concern.
  std::chrono::milliseconds pause{0};  ///< When it is tried again; 0 for a row that never will be.
};

/// Receives failures. Called on the client's executor; must not throw; may call the publisher.
using publish_failure_handler = std::function<void(const publish_failure&)>;

/// What a publisher has done since it was made.
struct publisher_statistics {
  std::uint64_t sent = 0;        ///< Messages sent and marked.
  std::uint64_t batches = 0;     ///< Batches that they were in.
  std::uint64_t looks = 0;       ///< Times the table was asked what is due.
  std::uint64_t failures = 0;    ///< Batches that failed: no link, no database, outcome unknown.
  std::uint64_t refused = 0;     ///< Messages that Redis refused one by one.
  std::uint64_t unreadable = 0;  ///< Rows left alone: no UUID, no topic or no data in them.
  std::uint64_t purged = 0;      ///< Old rows deleted.
};

/// How a `publisher` works. Setters return the object and throw `error` with
/// `errc::invalid_argument` for what is out of range.
///
/// Thread rule: a value.
class publisher_options {
 public:
  using duration = std::chrono::milliseconds;

  publisher_options() = default;
  /// The table of staged messages. Default `table()`.
  publisher_options& from(table where) { return from_ = std::move(where), *this; }
  /// How many messages are sent and marked at a time, 1 to 10,000. Default 100.
  publisher_options& batch(std::size_t messages);
  /// How many batches are worked on at once, each with a database session and a thread of its own,
  /// 1 to 64. Default 1. More help only where the database locks rows, and with several topics:
  /// batches of one topic wait for each other.
  publisher_options& sessions(std::size_t count);
  /// How often the table is asked when nothing is known to become due, > 0. Default 500 ms.
  publisher_options& poll_interval(duration every);
  /// How long Redis may take for a batch, > 0. Default 5 s. Its rows are locked meanwhile.
  publisher_options& send_timeout(duration limit);
  /// The pauses after failures: random in [0, d], d doubling from `first` to `longest`, both > 0.
  /// Defaults 50 ms and 10 s. A topic that Redis refuses rests for `longest`.
  publisher_options& backoff(duration first, duration longest);
  /// Deletes sent rows once they have been due for so long, ≥ 0. Default: they are kept.
  publisher_options& purge_after(duration age);
  /// Called with each failure. Default: nobody.
  publisher_options& on_failure(publish_failure_handler handler) {
    return on_failure_ = std::move(handler), *this;
  }

  const table& from() const noexcept { return from_; }
  std::size_t batch() const noexcept { return batch_; }
  std::size_t sessions() const noexcept { return sessions_; }
  duration poll_interval() const noexcept { return poll_interval_; }
  duration send_timeout() const noexcept { return send_timeout_; }
  /// The first pause's upper bound.
  duration backoff_first() const noexcept { return backoff_first_; }
  /// The longest pause.
  duration backoff_longest() const noexcept { return backoff_longest_; }
  /// The age; below zero when rows are kept.
  duration purge_after() const noexcept { return purge_after_; }
  const publish_failure_handler& on_failure() const noexcept { return on_failure_; }

 private:
  table from_;
  std::size_t batch_ = 100;
  std::size_t sessions_ = 1;
  duration poll_interval_{500};
  duration send_timeout_{5'000};
  duration backoff_first_{50};
  duration backoff_longest_{10'000};
  duration purge_after_{-1};
  publish_failure_handler on_failure_;
};

}  // namespace sluice::outbox
