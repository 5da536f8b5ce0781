// Work that blocks, done on another thread while a coroutine waits.
#pragma once

#include "redis/connection.hpp"

#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <memory>

namespace sluice::outbox {

/// Usage, in a coroutine:
///
///     sql_job job(link, threads, std::move(work));
///     while (job.under_way()) co_await job.wait();
///     job.check();    // throws what the work threw
///
/// Destroyed while the work is under way, it is not told of its end. The work must own what it
/// touches, and the threads be joined before the executor goes (`publisher_registry`).
class sql_job final : public waiter {
 public:
  sql_job(connection& link, boost::asio::thread_pool& threads, std::function<void()> work);
  ~sql_job() { forget(); }

  bool under_way() const noexcept { return !done_; }
  void check() const;

 private:
  struct shared;

  void on_ready() noexcept override { link_.schedule_turn(); }
  void forget() noexcept;
  void finish();

  connection& link_;
  std::shared_ptr<shared> shared_;
  bool done_ = false;
};

}  // namespace sluice::outbox
