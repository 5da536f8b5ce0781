#include "flow/run_state.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <string>
#include <utility>

namespace sluice::flow {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// A task that was cancelled should end at once; one that does not is left to itself.
constexpr auto grace_of_the_cancelled = 1s;
// A server that does not confirm what was settled must not keep a program from ending.
constexpr auto patience_with_servers = 5s;

// A frame that touches nodes keeps them, however and whenever it is destroyed: Asio puts off the
// destruction of frames whose handlers were destroyed.
asio::awaitable<void> keeping(std::shared_ptr<runtime> owner, asio::awaitable<void> work) {
  const auto kept = std::move(owner);
  co_await std::move(work);
}

}  // namespace

// Somebody awaits the run.
class run_state::visit final : public waiter {
 public:
  visit(run_state& in, clock::time_point limit) : waiter(in.waiters_), in_(in) {
    in_.watcher_ = this;
    if (limit == clock::time_point::max()) return;
    alarm_ = in_.time().make_alarm(in_.executor());
    alarm_->set(limit, [this] { make_ready(); });
  }
  ~visit() { in_.watcher_ = nullptr; }

 private:
  void on_ready() noexcept override { in_.schedule(); }

  run_state& in_;
  std::unique_ptr<clock::alarm> alarm_;
};

run_state::run_state(asio::any_io_executor executor, run_settings how)
    : how_(std::move(how)), waiters_(std::move(executor)) {}

run_state::~run_state() = default;

// The tasks.

void run_state::begin(plan& what, const std::shared_ptr<runtime>& owner) {
  owner_ = owner;
  nodes_ = what.build(*owner);
  // One may start others at once, which join the line.
  for (auto& each : tasks_) begin_task(each);
  begun_ = true;
}

std::function<void()> run_state::start(asio::awaitable<void> task) {
  auto& made = tasks_.emplace_back(std::move(task));
  if (begun_) begin_task(made);
  // Not at once: Asio throws out of its loop where a coroutine is cancelled from within before it
  // has waited for the first time.
  return [this, &made] {
    asio::post(executor(), [&made, owner = owner_.lock()] {
      made.cancel.emit(asio::cancellation_type::terminal);
    });
  };
}

void run_state::begin_task(task& which) {
  begin_work();
  auto owner = owner_.lock();
  auto ended = [this, owner](const std::exception_ptr& failure) {
    if (failure && !aborted_) fail(failure);
    end_work();
  };
  asio::co_spawn(executor(), keeping(std::move(owner), std::move(which.work)),
                 asio::bind_cancellation_slot(which.cancel.slot(), std::move(ended)));
}

void run_state::end_work() {
  if (--open_ == 0) change();
}

void run_state::stop() noexcept {
  if (std::exchange(stopping_, true)) return;
  for (const auto& each : std::exchange(at_stop, {})) each();
  change();
}

// The first failure is the one that is thrown.
void run_state::fail(std::exception_ptr why) noexcept {
  if (!failure_) failure_ = std::move(why);
  stop();
}

void run_state::begin_handing_back() {
  for (const auto& each : std::exchange(at_hand_back, {})) each();
}

void run_state::abort() {
  aborted_ = true;
  begin_handing_back();
  cancel_tasks();
}

void run_state::cancel_tasks() {
  for (auto& each : tasks_) each.cancel.emit(asio::cancellation_type::terminal);
}

stage_report& run_state::report(std::string_view name) {
  const auto place = std::to_string(reports_.size() + 1);
  return reports_.emplace_back(place + ' ' + std::string(name));
}

void run_state::tell(const stage_report& in, const std::exception_ptr& why) {
  if (!how_.on_failed) return;
  try {
    how_.on_failed(in.name, why);
  } catch (...) {
    // Not out of the stage: its task would end without a word to those behind it.
    fail(std::current_exception());
  }
}

// Those who wait.

void run_state::change() noexcept {
  if (watcher_ != nullptr) watcher_->make_ready();
}

void run_state::schedule() {
  if (std::exchange(scheduled_, true)) return;
  asio::post(executor(), [this, owner = owner_.lock()] {
    waiters_.resume_ready();
    scheduled_ = false;
  });
}

void run_state::abandon() noexcept {
  begin_handing_back();
  waiters_.destroy_all();
}

// The ends.

asio::awaitable<void> run_state::finish() {
  co_await wait_until_stopped();
  stop();
  co_await wait_until_closed(time().now() + how_.drain);
  if (open_ > 0) {
    abort();
    co_await wait_until_closed(time().now() + grace_of_the_cancelled);
  }
  co_await settle_the_rest();
  if (failure_) std::rethrow_exception(failure_);
}

asio::awaitable<void> run_state::wait_until_stopped() {
  const auto state = co_await asio::this_coro::cancellation_state;
  while (open_ > 0 && !stopping_ && state.cancelled() == asio::cancellation_type::none) {
    co_await wait_for_change(clock::time_point::max());
  }
}

asio::awaitable<void> run_state::wait_until_closed(clock::time_point limit) {
  while (open_ > 0 && time().now() < limit) co_await wait_for_change(limit);
}

asio::awaitable<void> run_state::wait_for_change(clock::time_point limit) {
  visit here(*this, limit);
  co_await here.wait();
}

asio::awaitable<void> run_state::settle_the_rest() {
  begin_handing_back();
  // What ignored its cancellation keeps the nodes.
  if (open_ == 0) nodes_.reset();
  for (const auto& each : std::exchange(at_end, {})) begin_task(tasks_.emplace_back(each()));
  co_await wait_until_closed(time().now() + patience_with_servers);
  if (open_ > 0) cancel_tasks();
}

}  // namespace sluice::flow
