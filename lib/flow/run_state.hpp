// What a run of a pipeline consists of: its nodes, its tasks, and its three ends.
#pragma once

#include "redis/waiter.hpp"

#include "sluice/core/clock.hpp"
#include "sluice/core/random.hpp"
#include "sluice/flow/pipeline.hpp"
#include "sluice/flow/runtime.hpp"
#include "sluice/flow/signal.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <vector>

namespace sluice::flow {

/// What a pipeline was told before it ran.
struct run_settings {
  std::chrono::milliseconds drain{30'000};
  std::shared_ptr<clock> time = system_clock();
  failure_handler on_failed;
};

class run_state final {
 public:
  run_state(boost::asio::any_io_executor executor, run_settings how);
  ~run_state();

  /// Makes the nodes and begins their tasks; each keeps `owner` alive.
  void begin(plan& what, const std::shared_ptr<runtime>& owner);
  /// Until all has ended, in whichever way. Throws what failed.
  boost::asio::awaitable<void> finish();
  /// The execution context ends: all coroutines unwind.
  void abandon() noexcept;

  std::function<void()> start(boost::asio::awaitable<void> task);
  void begin_work() noexcept { ++open_; }
  void end_work();
  void stop() noexcept;
  void fail(std::exception_ptr why) noexcept;
  void tell(const stage_report& in, const std::exception_ptr& why);
  stage_report& report(std::string_view name);
  const std::deque<stage_report>& reports() const noexcept { return reports_; }

  const boost::asio::any_io_executor& executor() const noexcept { return waiters_.executor(); }
  clock& time() const noexcept { return *how_.time; }
  std::uint64_t random() { return random_(); }
  bool stopping() const noexcept { return stopping_; }
  bool aborted() const noexcept { return aborted_; }
  resume_queue& waiters() noexcept { return waiters_; }
  /// Sees to it that those who are ready go on soon.
  void schedule();

  std::vector<std::function<void()>> at_stop;
  std::vector<std::function<void()>> at_hand_back;
  std::vector<std::function<boost::asio::awaitable<void>()>> at_end;

 private:
  struct task {
    explicit task(boost::asio::awaitable<void> what) : work(std::move(what)) {}
    boost::asio::awaitable<void> work;
    boost::asio::cancellation_signal cancel;
  };

  void begin_task(task& which);
  boost::asio::awaitable<void> wait_until_stopped();
  boost::asio::awaitable<void> wait_until_closed(clock::time_point limit);
  boost::asio::awaitable<void> wait_for_change(clock::time_point limit);
  boost::asio::awaitable<void> settle_the_rest();
  void begin_handing_back();
  void abort();
  void cancel_tasks();
  void change() noexcept;

  run_settings how_;
  random_source random_ = system_random();
  resume_queue waiters_;
  std::weak_ptr<runtime> owner_;
  std::deque<stage_report> reports_;
  std::unique_ptr<nodes> nodes_;
  std::list<task> tasks_;
  class visit;
  visit* watcher_ = nullptr;  // the one who awaits the run
  std::size_t open_ = 0;
  bool begun_ = false;
  bool scheduled_ = false;
  bool stopping_ = false;
  bool aborted_ = false;
  std::exception_ptr failure_;
};

}  // namespace sluice::flow
