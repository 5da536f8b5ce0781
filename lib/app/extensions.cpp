#include "app/extensions.hpp"

#include "core/bounded.hpp"

#include "sluice/core/event.hpp"
#include "sluice/core/thrown.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// What is no coroutine may throw right away.
asio::awaitable<void> call_start(std::shared_ptr<extension> what, running_app where) {
  auto starting = what->on_start(std::move(where));
  co_await std::move(starting);
}

asio::awaitable<void> call_stop(std::shared_ptr<extension> what) {
  auto stopping = what->on_stop();
  co_await std::move(stopping);
}

}  // namespace

extensions::extensions(std::shared_ptr<connection> link, std::string group)
    : link_(std::move(link)), group_(std::move(group)), change_(*link_) {}

void extensions::add(std::shared_ptr<extension> what) {
  member joined;
  joined.name = what->name();
  joined.what = std::move(what);
  members_.push_back(std::move(joined));
}

// Telling.

void extensions::on_called(member& whom, std::string_view function,
                           const std::exception_ptr& failure) {
  const auto found = std::find(whom.failing.begin(), whom.failing.end(), function);
  if (!failure) {
    if (found != whom.failing.end()) whom.failing.erase(found);
    return;
  }
  if (found != whom.failing.end()) return;
  whom.failing.push_back(function);
  const auto text = thrown_text(failure);
  link_->emit(events::extension_failed{
      .group = group_, .extension = whom.name, .function = function, .text = text});
}

void extensions::call(member& whom, std::string_view function,
                      const std::function<void(extension&)>& act) {
  std::exception_ptr failure;
  try {
    act(*whom.what);
  } catch (...) {
    failure = std::current_exception();
  }
  on_called(whom, function, failure);
}

void extensions::call_all(std::string_view function, const std::function<void(extension&)>& act) {
  for (auto& each : members_) call(each, function, act);
}

void extensions::on_consume_begin(const consumption& what) {
  call_all("on_consume_begin", [&what](extension& whom) { whom.on_consume_begin(what); });
}

void extensions::on_consume_exception(const consumption& what, const std::exception_ptr& failure) {
  call_all("on_consume_exception",
           [&](extension& whom) { whom.on_consume_exception(what, failure); });
}

void extensions::on_consume_end(const consumption& what) {
  call_all("on_consume_end", [&what](extension& whom) { whom.on_consume_end(what); });
}

// From beginning to end.

asio::awaitable<void> extensions::start(std::shared_ptr<extensions> self, running_app where) {
  for (std::size_t i = 0; i < self->members_.size() && !self->stopping_; ++i) {
    self->members_[i].started = true;
    self->task_ = std::make_shared<side_task>(self->link_);
    self->task_->begin(call_start(self->members_[i].what, where),
                       [self, i](const std::exception_ptr& failure) {
                         self->on_called(self->members_[i], "on_start", failure);
                       });
    co_await side_task::end_within(self->task_, longest_time);
    self->begin_ticking(i);
  }
}

void extensions::stop() {
  if (std::exchange(stopping_, true)) return;
  if (task_) task_->hurry();
}

asio::awaitable<void> extensions::finish(std::shared_ptr<extensions> self, clock::duration limit) {
  self->finished_ = true;
  self->change_.open();
  for (std::size_t i = self->members_.size(); i-- > 0;) {
    if (!self->members_[i].started) continue;
    const auto task = std::make_shared<side_task>(self->link_);
    task->begin(call_stop(self->members_[i].what), [self, i](const std::exception_ptr& failure) {
      self->on_called(self->members_[i], "on_stop", failure);
    });
    co_await side_task::end_within(task, limit);
  }
}

void extensions::begin_ticking(std::size_t which) {
  asio::co_spawn(link_->executor(), tick(shared_from_this(), which),
                 [](const std::exception_ptr&) {});
}

asio::awaitable<void> extensions::tick(std::shared_ptr<extensions> self, std::size_t which) {
  auto every = 0ms;
  self->call(self->members_[which], "tick_every",
             [&every](const extension& whom) { every = bounded(whom.tick_every()); });
  while (every > 0ms && !self->finished_ && !self->link_->closed()) {
    const auto next = self->link_->time().now() + every;
    while (!self->finished_ && !self->link_->closed() && self->link_->time().now() < next) {
      co_await self->change_.wait(next);
    }
    if (self->finished_ || self->link_->closed()) co_return;
    self->call(self->members_[which], "on_tick", [](extension& whom) { whom.on_tick(); });
  }
}

}  // namespace sluice
