#include "sluice/flow/pipeline.hpp"

#include "core/bounded.hpp"
#include "flow/run_registry.hpp"
#include "flow/run_state.hpp"

#include "sluice/core/error.hpp"

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace sluice::flow {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

}  // namespace

struct pipeline_state {
  explicit pipeline_state(std::unique_ptr<plan> made) : what(std::move(made)) {}

  static asio::awaitable<void> run(std::shared_ptr<pipeline_state> self);
  void stop() noexcept {
    stopped = true;
    if (const auto now = running.lock()) now->stop();
  }

  std::unique_ptr<plan> what;
  run_settings how;
  std::weak_ptr<runtime> running;
  std::vector<stage_report> last;
  bool stopped = false;
};

asio::awaitable<void> pipeline_state::run(std::shared_ptr<pipeline_state> self) {
  if (!self->what) throw error(errc::invalid_argument, "a pipeline runs once");
  const auto taken = std::exchange(self->what, nullptr);
  const auto executor = co_await asio::this_coro::executor;
  auto made = std::make_unique<run_state>(executor, self->how);
  auto& inside = *made;
  const auto owner = std::make_shared<runtime>(std::move(made));
  run_registry::enlist(owner, executor);
  self->running = owner;
  // What cancels it may be a part of the pipeline; it has to wait for the end all the same. It is
  // the caller's again when that has come.
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  inside.begin(*taken, owner);
  if (self->stopped) owner->stop();
  std::exception_ptr failure;
  try {
    co_await inside.finish();
  } catch (...) {
    failure = std::current_exception();
  }
  self->last.assign(inside.reports().begin(), inside.reports().end());
  self->running.reset();
  co_await asio::this_coro::throw_if_cancelled(throws);
  if (failure) std::rethrow_exception(failure);
}

pipeline::pipeline(std::unique_ptr<plan> what)
    : state_(std::make_shared<pipeline_state>(std::move(what))) {}
pipeline::pipeline(pipeline&&) noexcept = default;
pipeline& pipeline::operator=(pipeline&& other) noexcept {
  if (this != &other) {
    stop();
    state_ = std::move(other.state_);
  }
  return *this;
}
pipeline::~pipeline() { stop(); }

pipeline& pipeline::drain_within(std::chrono::milliseconds limit) {
  if (limit < 0ms) throw error(errc::invalid_argument, "the time to drain cannot be negative");
  state_->how.drain = bounded(limit);
  return *this;
}

pipeline& pipeline::time(std::shared_ptr<clock> what) {
  state_->how.time = std::move(what);
  return *this;
}

pipeline& pipeline::on_failed(failure_handler handler) {
  state_->how.on_failed = std::move(handler);
  return *this;
}

asio::awaitable<void> pipeline::run() { return pipeline_state::run(state_); }

void pipeline::stop() noexcept {
  if (state_) state_->stop();
}

std::vector<stage_report> pipeline::statistics() const {
  const auto now = state_->running.lock();
  if (!now) return state_->last;
  const auto& all = now->state_->reports();
  return {all.begin(), all.end()};
}

}  // namespace sluice::flow
