// One object that works on a group's entries and does all that belongs to it.
#pragma once

#include "sluice/group/error_handlers.hpp"
#include "sluice/group/group_consumer.hpp"
#include "sluice/group/retry_policy.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// Works on one entry. When it returns, the entry is acknowledged, unless it has settled it itself;
/// when it throws, the error handlers and the retry policy decide. Its cancellation slot is used
/// when the entry's lease is lost, and when the worker's time to drain is over.
using entry_handler = std::function<boost::asio::awaitable<void>(delivery&)>;

/// Something around the handler: it calls `next`, or does not. `next` lives as long as the worker.
/// Several are called from the outside in, in the order they were given.
///
/// @code
/// [](sluice::delivery& which, const sluice::entry_handler& next) -> awaitable<void> {
///   trace("begin", which.id_text());
///   co_await next(which);
///   trace("end", which.id_text());
/// }
/// @endcode
using middleware = std::function<boost::asio::awaitable<void>(delivery&, const entry_handler&)>;

/// What happens with an error that no error handler judges.
enum class on_unhandled : unsigned char {
  retry,  ///< The retry policy decides: another attempt, or the dead letters.
  stop,   ///< The worker drains, hands the entry back, and throws the error out of `run()`.
};

/// How a worker works. Setters return the object; `sluice::concurrency(64)` begins one.
///
/// Thread rule: a value.
class worker_options {
 public:
  /// Works on one entry at a time.
  worker_options() = default;

  /// How many entries are worked on at once, ≥ 1.
  worker_options& concurrency(std::size_t entries);
  /// What to do after a failure. Default: exponential from 1 s to 5 min, five attempts.
  worker_options& retry(retry_policy policy) { return retry_ = std::move(policy), *this; }
  /// Error handlers by type; they come before the retry policy.
  worker_options& errors(error_handlers handlers) { return errors_ = std::move(handlers), *this; }
  /// What to do with errors that no error handler judges. Default `on_unhandled::retry`.
  worker_options& unhandled(on_unhandled what) { return unhandled_ = what, *this; }
  /// Runs the handlers on another executor, such as that of a thread pool, for work that keeps a
  /// processor busy. Reading, beating and settling stay where the client is. The handler may read
  /// the entry there; it must not settle it.
  worker_options& run_handlers_on(boost::asio::any_io_executor where) {
    return executor_ = std::move(where), *this;
  }
  /// Entries with the same key are worked on one after the other, in the order in which they came
  /// to this worker; those with different keys side by side. A failed one is tried again in its
  /// place, and those behind it wait. Other members of the group know nothing of this order.
  worker_options& ordered_by(std::function<std::string(const entry&)> key) {
    return key_ = std::move(key), *this;
  }
  /// Puts something around the handler; see `middleware`, and `middleware.hpp` for ready ones.
  ///
  /// Throws `error` with `errc::invalid_argument` for an empty function.
  worker_options& wrap(middleware around);
  /// How long `stop` waits for handlers before it cancels them, ≥ 0. Default 30 s.
  worker_options& drain_within(std::chrono::milliseconds limit);

  std::size_t concurrency() const noexcept { return concurrency_; }
  const retry_policy& retry() const noexcept { return retry_; }
  const error_handlers& errors() const noexcept { return errors_; }
  on_unhandled unhandled() const noexcept { return unhandled_; }
  const boost::asio::any_io_executor& run_handlers_on() const noexcept { return executor_; }
  const std::function<std::string(const entry&)>& ordered_by() const noexcept { return key_; }
  const std::vector<middleware>& wrap() const noexcept { return around_; }
  std::chrono::milliseconds drain_within() const noexcept { return drain_; }

 private:
  std::size_t concurrency_ = 1;
  retry_policy retry_ = retry_policy::exponential(std::chrono::seconds(1), std::chrono::minutes(5));
  error_handlers errors_;
  on_unhandled unhandled_ = on_unhandled::retry;
  boost::asio::any_io_executor executor_;
  std::function<std::string(const entry&)> key_;
  std::vector<middleware> around_;
  std::chrono::milliseconds drain_{30'000};
};

/// Options for working on so many entries at once.
worker_options concurrency(std::size_t entries);

/// What a worker has done so far.
///
/// Thread rule: a trivial value.
struct worker_statistics {
  std::uint64_t handled = 0;      ///< Entries whose handler returned.
  std::uint64_t failed = 0;       ///< Attempts that ended with an error.
  std::uint64_t retried = 0;      ///< Entries given back to be tried again, or tried in place.
  std::uint64_t rejected = 0;     ///< Entries moved to the dead letters by a verdict or the policy.
  std::uint64_t dismissed = 0;    ///< Entries acknowledged by a verdict although they failed.
  std::uint64_t left = 0;         ///< Entries left pending by a verdict.
  std::uint64_t leases_lost = 0;  ///< Attempts that others took over.
  std::size_t in_progress = 0;    ///< Gauge: handlers that run.
  std::size_t parked = 0;         ///< Gauge: entries that wait for one with the same key.
  std::size_t read_ahead = 0;     ///< Gauge: entries that are here and that nobody works on yet.
};

/// Works on the entries of a group: bounded, with leases, retries and dead letters.
///
/// @code
/// sluice::worker w(redis, sluice::group("billing").stream("orders"), bill,
///                  sluice::concurrency(64));
/// co_await w.run();
/// @endcode
///
/// Thread rule: used on the client's executor.
/// Lifetime: `run()` keeps all that it needs alive. Destroying the worker stops it as `stop` does.
class worker {
 public:
  /// Works as a member of a group. Where `what` says nothing about it, the member beats every 5 s
  /// and claims after 50 s, and `max_deliveries` is the number of attempts of the retry policy.
  /// With `group::auto_acknowledge` it does none of that: what fails is counted and lost.
  ///
  /// Throws `error` with `errc::invalid_argument` for options that contradict each other.
  worker(client redis, group what, entry_handler handler, worker_options how = worker_options());
  /// Works on what a consumer gives, which stays as it is configured.
  worker(group_consumer from, entry_handler handler, worker_options how = worker_options());
  worker(worker&&) noexcept;
  worker& operator=(worker&&) noexcept;
  ~worker();

  /// Works until it is stopped; may be called once. When it returns, no handler runs, unless one
  /// did not end when it was cancelled, and every acknowledgement is confirmed or was reported.
  ///
  /// Errors: those that a verdict or `on_unhandled::stop` lets through, from the handler, once the
  /// others are done; what the consumer throws, such as `wrong_type`, likewise; `closed` when the
  /// client was closed.
  /// Cancellation: as `stop()`; it ends when drained, without an error.
  /// Cost: that of `get_entry`, acknowledgements and leases.
  boost::asio::awaitable<void> run();

  /// Takes no new entries, lets the handlers that run finish, up to `drain_within`, then cancels
  /// them. What was read ahead or parked is given back.
  void stop() noexcept;
  /// Takes no new entries until `resume`; handlers that run go on.
  void pause() noexcept;
  /// Goes on.
  void resume();

  /// Works on so many entries at once from now on, ≥ 1, and reads as many ahead. Where that is
  /// fewer than before, handlers that run come to their end first: none is cancelled.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  void concurrency(std::size_t entries);

  /// A snapshot of what has been done so far.
  worker_statistics statistics() const noexcept;
  /// The member's name.
  const std::string& consumer_name() const noexcept;

 private:
  std::shared_ptr<class workshop> shop_;
};

}  // namespace sluice
