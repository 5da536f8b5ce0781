// How messages of a topic are worked on.
#pragma once

#include "sluice/app/concurrency_policy.hpp"
#include "sluice/core/unknown_fields.hpp"
#include "sluice/group/retry_policy.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace sluice {

/// How a listener works. Setters return the object. Of several listeners on a topic, the greatest
/// concurrency and the longest times count.
///
/// Thread rule: a value.
class listener_options {
 public:
  /// One message at a time, one attempt.
  listener_options() = default;

  /// How many messages are worked on at once, ≥ 1. Default 1.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  listener_options& concurrency(std::size_t messages);
  /// As many as the backlog asks for, within a range; see `concurrency_policy::range`.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  listener_options& concurrency(std::size_t least, std::size_t most);
  /// As many as the backlog asks for. Where fewer than before are to be worked on, those that are
  /// come to their end first.
  listener_options& concurrency(concurrency_policy by_backlog);
  /// When and how often the listener is tried again, in its place, before it has failed for good.
  /// Default: one attempt.
  listener_options& retry(retry_policy policy) { return retry_ = std::move(policy), *this; }
  /// How long a stopping app waits for its handlers before it cancels them, ≥ 0. Default 30 s.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  listener_options& drain_within(std::chrono::milliseconds limit);
  /// How often this process shows its group that it lives; see `group::heartbeat`. Default 5 s.
  listener_options& heartbeat(std::chrono::milliseconds every) { return heartbeat_ = every, *this; }
  /// How often a message is handed out at most when its members die of it; see
  /// `group::max_deliveries`. Default 5.
  listener_options& max_deliveries(std::int64_t count) { return deliveries_ = count, *this; }
  /// Whether messages stay in their topic's stream when all apps that listen to it are done with
  /// them. Where every process that listens to it leaves this as it is they are taken out, a
  /// thousand at a time; an app that listens for the first time finds what is left. Lists keep none
  /// anyway. Default false.
  listener_options& keep_handled(bool yes) { return keep_ = yes, *this; }
  /// How often an object that consumes is flushed while messages come, > 0; it is flushed after the
  /// last one as well. Default: only then.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  listener_options& flush_every(std::chrono::milliseconds interval);
  /// What becomes of members of a message that the handler's struct does not have. Default: the
  /// message is refused.
  listener_options& unknown(unknown_fields policy) { return unknown_ = policy, *this; }

  /// What the listener begins with: how many while none waits.
  std::size_t concurrency() const noexcept { return scaling_.at(0); }
  /// How many by the backlog.
  const concurrency_policy& scaling() const noexcept { return scaling_; }
  const retry_policy& retry() const noexcept { return retry_; }
  std::chrono::milliseconds drain_within() const noexcept { return drain_; }
  std::chrono::milliseconds heartbeat() const noexcept { return heartbeat_; }
  std::int64_t max_deliveries() const noexcept { return deliveries_; }
  bool keep_handled() const noexcept { return keep_; }
  /// 0 where only the last flush is wanted.
  std::chrono::milliseconds flush_every() const noexcept { return flush_; }
  unknown_fields unknown() const noexcept { return unknown_; }

 private:
  concurrency_policy scaling_;
  retry_policy retry_ = retry_policy::none();
  std::chrono::milliseconds drain_{30'000};
  std::chrono::milliseconds heartbeat_{5'000};
  std::int64_t deliveries_ = 5;
  bool keep_ = false;
  std::chrono::milliseconds flush_{0};
  unknown_fields unknown_ = unknown_fields::refuse;
};

}  // namespace sluice
