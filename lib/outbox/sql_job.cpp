#include "outbox/sql_job.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <future>
#include <utility>

namespace sluice::outbox {

struct sql_job::shared {
  std::function<void()> work;
  std::exception_ptr failure;
  std::promise<void> over;
  // Touched on the executor alone; null once nobody waits.
  sql_job* job = nullptr;
};

sql_job::sql_job(connection& link, boost::asio::thread_pool& threads, std::function<void()> work)
    : waiter(link.waiters()), link_(link), shared_(std::make_shared<shared>()) {
  shared_->work = std::move(work);
  shared_->job = this;
  // The guard keeps the program running: the executor has nothing else to do meanwhile.
  auto guard = boost::asio::make_work_guard(link.executor());
  boost::asio::post(threads, [state = shared_, guard = std::move(guard)]() mutable {
    try {
      state->work();
    } catch (...) {
      state->failure = std::current_exception();
    }
    boost::asio::post(guard.get_executor(), [state] {
      if (state->job != nullptr) state->job->finish();
    });
    guard.reset();
    // The last that this thread does: whoever waits for it may end the execution context.
    state->over.set_value();
  });
}

sql_job::~sql_job() {
  shared_->job = nullptr;
  if (!done_) shared_->over.get_future().wait();
}

void sql_job::check() const {
  if (shared_->failure) std::rethrow_exception(shared_->failure);
}

void sql_job::finish() {
  done_ = true;
  make_ready();
}

}  // namespace sluice::outbox
