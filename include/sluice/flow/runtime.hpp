// What a running pipeline gives its stages: tasks, time, and an end.
#pragma once

#include "sluice/core/clock.hpp"
#include "sluice/flow/receipt.hpp"
#include "sluice/flow/stage_report.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string_view>

namespace sluice::flow {

class run_state;

/// Stages are built when a pipeline runs, and are given this. Who writes stages of their own needs
/// it, nobody else.
///
/// It ends in three steps. Sources stop, and everything on its way goes on to the end. What takes
/// longer than the pipeline's time to drain is cancelled (`aborted`), and handed back. At last
/// what was settled is waited for.
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: that of the run; stages live as long.
class runtime : public std::enable_shared_from_this<runtime> {
 public:
  /// Made by a pipeline that runs.
  explicit runtime(std::unique_ptr<run_state> inside) noexcept;
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;
  ~runtime();

  /// Where everything runs.
  const boost::asio::any_io_executor& executor() const noexcept;
  /// What alarms and timestamps are taken from.
  clock& time() const noexcept;
  /// A number of chance, for jitter.
  std::uint64_t random();

  /// A stage's place in the statistics; it lives as long as the run.
  stage_report& report(std::string_view name);
  /// Begins a task, at the earliest when all stages are built. The run lasts until all of them have
  /// ended; what one throws fails the run. Gives what cancels it.
  std::function<void()> start(boost::asio::awaitable<void> task);
  /// Work that is no task, such as a command that was sent: the run lasts until it has ended.
  void begin_work() noexcept;
  /// Ends what `begin_work` began.
  void end_work();
  /// Called once when the run stops: sources take nothing more from then on.
  void at_stop(std::function<void()> call);
  /// Called once at the end: what is dropped from then on, as tasks are cancelled and nodes are
  /// destroyed, is not done, and sources hand it back.
  void at_hand_back(std::function<void()> call);
  /// Awaited, for a few seconds, when the last task has ended: for acknowledgements that are under
  /// way.
  void at_end(std::function<boost::asio::awaitable<void>()> call);
  /// Lets others run on the executor, for loops that would never wait.
  ///
  /// Errors: none. Cancellation: none. Cost: none.
  boost::asio::awaitable<void> breathe();
  /// Until this time, or until the pipeline gives up what it has under way.
  ///
  /// Errors: none. Cancellation: ends the wait. Cost: none.
  boost::asio::awaitable<void> wait_until(clock::time_point when);

  /// Sources take nothing more, the rest goes on.
  void stop() noexcept;
  /// Stops, and throws this out of the run. The first one counts.
  void fail(std::exception_ptr why) noexcept;
  /// Counts and tells that an element's work threw in this stage.
  void failed(stage_report& in, const std::exception_ptr& why);
  /// An element failed for good: gives its receipt the verdict. Where nobody asks after it,
  /// everything but `verdict::ack` fails the run, as it would be lost otherwise.
  void settle(receipt from, const std::exception_ptr& why, const verdict& what);
  /// True once it stops.
  bool stopping() const noexcept;
  /// True once tasks are cancelled.
  bool aborted() const noexcept;

 private:
  friend class signal;
  friend class pipeline;
  friend class run_registry;
  void abandon() noexcept;

  std::unique_ptr<run_state> state_;
};

}  // namespace sluice::flow
