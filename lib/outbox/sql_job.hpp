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
/// Destroyed while the work is under way, it waits for its end: what the work touches belongs to
/// frames that are about to unwind, and the executor that it reports to is about to go.
class sql_job final : public waiter {
 public:
  sql_job(connection& link, boost::asio::thread_pool& threads, std::function<void()> work);
  ~sql_job();

  bool under_way() const noexcept { return !done_; }
  void check() const;

 private:
  struct shared;

  void on_ready() noexcept override { link_.schedule_turn(); }
  void finish();

  connection& link_;
  std::shared_ptr<shared> shared_;
  bool done_ = false;
};

}  // namespace sluice::outbox
