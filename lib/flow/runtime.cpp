#include "sluice/flow/runtime.hpp"

#include "flow/run_state.hpp"

#include "sluice/flow/signal.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace sluice::flow {
namespace asio = boost::asio;

runtime::runtime(std::unique_ptr<run_state> inside) noexcept : state_(std::move(inside)) {}
runtime::~runtime() = default;

const asio::any_io_executor& runtime::executor() const noexcept { return state_->executor(); }
clock& runtime::time() const noexcept { return state_->time(); }
std::uint64_t runtime::random() { return state_->random(); }

stage_report& runtime::report(std::string_view name) { return state_->report(name); }
std::function<void()> runtime::start(asio::awaitable<void> task) {
  return state_->start(std::move(task));
}
void runtime::begin_work() noexcept { state_->begin_work(); }
void runtime::end_work() { state_->end_work(); }
void runtime::at_stop(std::function<void()> call) { state_->at_stop.push_back(std::move(call)); }
void runtime::at_hand_back(std::function<void()> call) {
  state_->at_hand_back.push_back(std::move(call));
}
void runtime::at_end(std::function<asio::awaitable<void>()> call) {
  state_->at_end.push_back(std::move(call));
}

asio::awaitable<void> runtime::breathe() {
  return asio::post(state_->executor(), asio::use_awaitable);
}

asio::awaitable<void> runtime::wait_until(clock::time_point when) {
  signal over(*this);
  const auto alarm = time().make_alarm(executor());
  alarm->set(when, [&over] { over.notify_all(); });
  const auto state = co_await asio::this_coro::cancellation_state;
  while (time().now() < when && !aborted() && state.cancelled() == asio::cancellation_type::none) {
    co_await over.wait();
  }
}

void runtime::stop() noexcept { state_->stop(); }
void runtime::fail(std::exception_ptr why) noexcept { state_->fail(std::move(why)); }

void runtime::failed(stage_report& in, const std::exception_ptr& why) {
  ++in.failed;
  state_->tell(in, why);
}

void runtime::settle(receipt from, const std::exception_ptr& why, const verdict& what) {
  const bool ends = what.what() == verdict::kind::rethrow;
  if (ends || (!from.whole() && what.what() != verdict::kind::ack)) fail(why);
  from.fail(why, ends ? verdict::nack() : what);
}

void runtime::abandon() noexcept { state_->abandon(); }

bool runtime::stopping() const noexcept { return state_->stopping(); }
bool runtime::aborted() const noexcept { return state_->aborted(); }

}  // namespace sluice::flow
