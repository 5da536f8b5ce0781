#include "outbox/sql_job.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

namespace sluice::outbox {

struct sql_job::shared {
  std::function<void()> work;
  std::exception_ptr failure;
  // Touched on the executor alone; null once nobody waits.
  sql_job* job = nullptr;
};

sql_job::sql_job(connection& link, boost::asio::thread_pool& threads, std::function<void()> work)
    : waiter(link.waiters()), link_(link), shared_(std::make_shared<shared>()) {
  shared_->work = std::move(work);
  shared_->job = this;
  // The guard keeps the program running: the executor has nothing else to do meanwhile.
  auto guard = boost::asio::make_work_guard(link.executor());
  boost::asio::post(threads, [state = shared_, guard = std::move(guard)] {
    try {
      state->work();
    } catch (...) {
      state->failure = std::current_exception();
    }
    boost::asio::post(guard.get_executor(), [state] {
      if (state->job != nullptr) state->job->finish();
    });
  });
}

void sql_job::forget() noexcept { shared_->job = nullptr; }

void sql_job::check() const {
  if (shared_->failure) std::rethrow_exception(shared_->failure);
}

void sql_job::finish() {
  done_ = true;
  make_ready();
}

}  // namespace sluice::outbox
