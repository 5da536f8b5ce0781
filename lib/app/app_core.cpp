#include "app/app_core.hpp"

#include "app/server_time.hpp"
#include "app/stream_main.hpp"
#include "redis/client_access.hpp"

#include "sluice/core/uuid.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

std::string new_id(connection& link) {
  return uuid::random([&link] { return link.random(); }).to_string();
}

}  // namespace

app_core::app_core(client redis, std::string name, const carrier* by)
    : link_(client_access::shared_link(redis)),
      redis_(std::move(redis)),
      name_(std::move(name)),
      main_(by == nullptr ? std::make_unique<stream_main>(redis_) : by->make_(redis_)),
      conversations_(std::make_shared<conversations>(redis_, "sluice:replies:" + new_id(*link_))),
      change_(*link_) {
  if (name_.empty()) throw error(errc::invalid_argument, "an app needs a name");
}

app_core::~app_core() { link_->leave_turn_end(*this); }

void app_core::listen(std::string topic, request_handler handler, listener_options how) {
  if (topic.empty()) throw error(errc::invalid_argument, "a listener needs a topic");
  if (!handler) throw error(errc::invalid_argument, "a listener needs a handler");
  if (begun_) throw error(errc::invalid_argument, "listeners come before run()");
  auto& desk = desks_[topic];
  if (!desk) desk = std::make_shared<topic_desk>(link_, topic, name_);
  desk->add(std::move(handler), std::move(how));
}

// Sending.

feedback_lane app_core::send(std::string_view topic, boost::json::value what, send_options how) {
  if (topic.empty()) throw error(errc::invalid_argument, "a message needs a topic");
  if (link_->closed()) throw error(errc::closed);
  envelope addressed;
  addressed.value = std::move(what);
  addressed.id = new_id(*link_);
  addressed.source_group = name_;
  addressed.traceparent = how.traceparent();
  addressed.key = how.key();
  if (how.within()) addressed.deadline = server_time::of(*link_).now() + *how.within();
  const auto lane = std::make_shared<lane_state>(link_, addressed.id, how.answered_by());
  outgoing_.push_back({std::string(topic), std::move(addressed), lane});
  if (outgoing_.size() == 1) link_->at_turn_end(*this);
  return feedback_lane(std::make_unique<feedback_lane::handle>(conversations_, lane));
}

void app_core::on_turn_end() {
  const auto self = shared_from_this();
  for (auto& each : std::exchange(outgoing_, {})) dispatch(each);
}

void app_core::dispatch(outgoing& next) {
  if (next.lane->wanted()) {
    next.what.reply_stream = conversations_->reply_stream();
    conversations_->open(next.lane);
  }
  try {
    main_->send(next.topic, next.what,
                [lane = next.lane](const error* failure) { lane->on_sent(failure); });
  } catch (const error& why) {
    next.lane->on_sent(&why);
  }
}

// Listening.

void app_core::open_receptions() {
  for (const auto& [topic, desk] : desks_) {
    auto work = [desk = desk](envelope what) { return topic_desk::handle(desk, std::move(what)); };
    receptions_.push_back(main_->receive(topic, name_, desk->how(), std::move(work)));
    ++open_;
    asio::co_spawn(link_->executor(), receptions_.back()->run(),
                   [self = shared_from_this()](const std::exception_ptr& failure) {
                     self->on_reception_closed(failure);
                   });
  }
}

void app_core::on_reception_closed(const std::exception_ptr& failure) {
  --open_;
  if (failure && !failure_) failure_ = failure;
  if (failure) stop();
  change_.open();
}

void app_core::stop() noexcept {
  if (std::exchange(stopping_, true)) return;
  for (const auto& each : receptions_) each->stop();
  change_.open();
}

asio::awaitable<void> app_core::run(std::shared_ptr<app_core> self) {
  if (std::exchange(self->begun_, true)) throw error(errc::invalid_argument, "an app runs once");
  if (!self->stopping_) self->open_receptions();
  while (!self->stopping_ && !self->link_->closed()) {
    co_await self->change_.wait();
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) break;
  }
  self->stop();
  // It ends as it would have ended, only now.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  while (self->open_ > 0) co_await self->change_.wait();
  self->receptions_.clear();
  if (self->failure_) std::rethrow_exception(self->failure_);
}

}  // namespace sluice
