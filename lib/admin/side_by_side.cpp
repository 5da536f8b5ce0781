#include "admin/side_by_side.hpp"

#include "group/gate.hpp"
#include "redis/client_access.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <deque>
#include <exception>
#include <memory>
#include <utility>

namespace sluice::admin {
namespace asio = boost::asio;
namespace {

struct crossing : std::enable_shared_from_this<crossing> {
  crossing(client by, std::size_t how_many, std::function<asio::awaitable<void>(std::size_t)> what)
      : redis(std::move(by)),
        count(how_many),
        act(std::move(what)),
        change(client_access::link(redis)) {}

  void begin();
  void end(const std::exception_ptr& why);
  static asio::awaitable<void> travel(std::shared_ptr<crossing> self);

  client redis;
  std::size_t count;
  std::function<asio::awaitable<void>(std::size_t)> act;
  gate change;
  std::deque<asio::cancellation_signal> signals;
  std::size_t next = 0, running = 0;
  bool ended = false;
  std::exception_ptr failure;
};

asio::awaitable<void> crossing::travel(std::shared_ptr<crossing> self) {
  while (!self->ended && self->next < self->count) {
    const auto mine = self->next++;
    co_await self->act(mine);
  }
}

void crossing::begin() {
  for (running = std::min(lanes, count); signals.size() < running;) signals.emplace_back();
  for (auto& each : signals) {
    auto on_end = [self = shared_from_this()](const std::exception_ptr& why) {
      if (why) self->end(why);
      --self->running;
      self->change.open();
    };
    asio::co_spawn(redis.get_executor(), travel(shared_from_this()),
                   asio::bind_cancellation_slot(each.slot(), std::move(on_end)));
  }
}

void crossing::end(const std::exception_ptr& why) {
  if (std::exchange(ended, true)) return;
  failure = why;
  for (auto& each : signals) each.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> cross(std::shared_ptr<crossing> self) {
  self->begin();
  while (self->running > 0) {
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
      co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
      const boost::system::system_error cancelled(asio::error::operation_aborted);
      self->end(std::make_exception_ptr(cancelled));
    }
    co_await self->change.wait();
  }
  if (self->failure) std::rethrow_exception(self->failure);
}

}  // namespace

asio::awaitable<void> side_by_side(client redis, std::size_t count,
                                   std::function<asio::awaitable<void>(std::size_t)> act) {
  return cross(std::make_shared<crossing>(std::move(redis), count, std::move(act)));
}

}  // namespace sluice::admin
