#include "app/app_core.hpp"

#include "app/backlogs.hpp"
#include "app/scaled_reception.hpp"
#include "core/host_name.hpp"
#include "redis/client_access.hpp"
#include "redis/posting.hpp"
#include "redis/server_time.hpp"

#include "sluice/core/result.hpp"
#include "sluice/core/uuid.hpp"
#include "sluice/redis/command.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

#include <unistd.h>

namespace sluice {
namespace asio = boost::asio;
namespace {

std::string new_id(connection& link) {
  return uuid::random([&link] { return link.random(); }).to_string();
}

// Without the execution context there is nobody to close it, nor anything to close.
void close(const client& which) {
  auto& link = client_access::link(which);
  if (link.closed()) return;
  auto closing = client(which).close();
  asio::co_spawn(link.executor(), std::move(closing), [](const std::exception_ptr&) {});
}

}  // namespace

app_core::app_core(app_setup setup)
    : setup_(std::move(setup)),
      link_(client_access::shared_link(setup_.home)),
      feedback_(client_access::shared_link(setup_.feedback)),
      instance_(new_id(*link_)),
      conversations_(
          std::make_shared<conversations>(setup_.feedback, "sluice:replies:" + instance_)),
      lists_(std::make_shared<feedback_lists>(setup_.feedback)),
      calls_(std::make_shared<running_calls>(setup_.feedback)),
      extensions_(std::make_shared<extensions>(link_, setup_.group)),
      timetable_(setup_.home, setup_.group, setup_.main),
      change_(*link_) {
  if (setup_.name.empty()) throw error(errc::invalid_argument, "an app needs a name");
}

app_core::~app_core() {
  link_->leave_turn_end(*this);
  // What was sent in this turn, or waits for the stream of its answers.
  if (!link_->closed()) {
    say_where_answers_go();
    dispatch_all();
  }
  conversations_.reset();
  lists_.reset();
  if (!setup_.owns_connections) return;
  // Nobody else can see to it that what was said last leaves.
  close(setup_.feedback);
  close(setup_.home);
}

void app_core::listen(std::string topic, const duty& what, listener_options how) {
  if (topic.empty()) throw error(errc::invalid_argument, "a listener needs a topic");
  if (!what.handler()) throw error(errc::invalid_argument, "a listener needs a handler");
  if (begun_) throw error(errc::invalid_argument, "listeners come before run()");
  auto& desk = desks_[topic];
  if (!desk) {
    desk = std::make_shared<topic_desk>(link_, feedback_, calls_, extensions_, topic, setup_.group);
  }
  if (what.flush()) flush_also(what.flush(), topic, how);
  desk->add(what.handler(), std::move(how));
}

void app_core::extend(std::shared_ptr<extension> what) {
  if (!what) throw error(errc::invalid_argument, "an extension that is none");
  if (begun_) throw error(errc::invalid_argument, "extensions come before run()");
  extensions_->add(std::move(what));
}

// An object may listen to several topics.
void app_core::flush_also(const std::shared_ptr<flushable>& what, const std::string& topic,
                          const listener_options& how) {
  auto found = std::find_if(flushers_.begin(), flushers_.end(), [&what](const auto& each) {
    return each->what().object() == what->object();
  });
  if (found == flushers_.end()) {
    const auto made = std::make_shared<flusher>(link_, what, topic, setup_.group);
    found = flushers_.insert(found, made);
  }
  (*found)->add(how);
}

// Sending.

std::shared_ptr<answer_source> app_core::source_for(const send_options& how) const {
  if (setup_.answers == answers_by::lists || how.resumable()) return lists_;
  return conversations_;
}

feedback_lane app_core::send(std::string_view topic, boost::json::value what, send_options how) {
  if (topic.empty()) throw error(errc::invalid_argument, "a message needs a topic");
  if (link_->closed()) throw error(errc::closed);
  const auto answers = source_for(how);
  envelope addressed;
  addressed.value = std::move(what);
  addressed.id = answers->id_of(new_id(*link_));
  addressed.source_group = setup_.group;
  addressed.traceparent = how.traceparent();
  addressed.key = how.key();
  const auto due = due_time::of(how);
  if (how.within()) {
    const auto now = server_time::of(*link_).now();
    addressed.deadline = (due ? due->since_epoch(now) : now) + *how.within();
  }
  const auto lane = std::make_shared<lane_state>(feedback_, addressed.id, how.answered_by());
  if (how.is_one_way()) lane->expect_nothing();
  outgoing_.push_back({setup_.prefix.full(topic), std::move(addressed), lane, answers, due});
  if (!std::exchange(gathering_, true)) link_->at_turn_end(*this);
  return feedback_lane(
      std::make_unique<feedback_lane::handle>(answers, lane, timetable_.delayed()));
}

feedback_lane app_core::continue_lane(std::string id) {
  if (!feedback_lists::names_list(id)) {
    throw error(errc::invalid_argument,
                "the answers of this conversation come to the process that began it alone; send "
                "its message with send_options().resumable(true)");
  }
  if (feedback_->closed()) throw error(errc::closed);
  const auto lane =
      std::make_shared<lane_state>(feedback_, std::move(id), std::vector<std::string>());
  lane->go_on();
  lists_->join(lane);
  return feedback_lane(std::make_unique<feedback_lane::handle>(lists_, lane, timetable_.delayed()));
}

void app_core::on_turn_end() {
  const auto self = shared_from_this();
  gathering_ = false;
  say_where_answers_go();
  const bool by_stream = std::any_of(outgoing_.begin(), outgoing_.end(), [](const auto& each) {
    return !each.what.reply_stream.empty();
  });
  // On one connection the stream is made before the first message leaves.
  if (!by_stream || feedback_ == link_) return dispatch_all();
  conversations_->when_there([whose = weak_from_this()] {
    if (const auto there = whose.lock()) there->dispatch_all();
  });
}

void app_core::say_where_answers_go() {
  for (auto& each : outgoing_) {
    if (std::exchange(each.addressed, true) || !each.lane->wanted()) continue;
    each.answers->open(each.lane, each.what);
    each.lane->open([self = weak_from_this(), topic = each.topic](const call_signal& what) {
      if (const auto core = self.lock()) core->send_signal(topic, what);
    });
  }
}

void app_core::dispatch_all() {
  for (auto& each : std::exchange(outgoing_, {})) dispatch(each);
}

void app_core::dispatch(outgoing& next) {
  try {
    if (next.due) {
      timetable_.delayed()->put(
          next.what.id, *next.due, setup_.main->keep(next.topic, next.what),
          [lane = next.lane](const script_outcome& what) { lane->on_sent(what.failure); });
    } else {
      setup_.main->send(next.topic, next.what,
                        [lane = next.lane](const error* failure) { lane->on_sent(failure); });
    }
  } catch (const error& why) {
    next.lane->on_sent(&why);
  }
}

void app_core::send_signal(const std::string& topic, const call_signal& what) {
  command tell("PUBLISH");
  tell.arg(call_channel(topic), encode_signal(what));
  post(*feedback_, tell.frame(), risk::repeatable, [](const resp::value&, const error*) {});
}

void app_core::schedule(sluice::schedule what) {
  if (what.topic().empty()) {
    throw error(errc::invalid_argument, "a schedule needs a topic: then()");
  }
  const auto name = what.name();
  auto value = what.value();
  what.named(name).then(setup_.prefix.full(what.topic()), std::move(value));
  timetable_.schedules().add(std::move(what));
}

bool app_core::cancel_outgoing(const std::string& id) {
  const auto found = std::find_if(outgoing_.begin(), outgoing_.end(), [&id](const auto& each) {
    return each.due && each.what.id == id;
  });
  if (found == outgoing_.end()) return false;
  const error why(errc::cancelled, "the message was taken back");
  found->lane->on_sent(&why);
  outgoing_.erase(found);
  return true;
}

asio::awaitable<bool> app_core::cancel_scheduled(std::shared_ptr<app_core> self, std::string id) {
  if (self->cancel_outgoing(id)) co_return true;
  const bool found = co_await self->timetable_.delayed()->cancel(std::move(id));
  co_return found;
}

// Listening.

asio::awaitable<service_info> app_core::describe(std::shared_ptr<app_core> self) {
  const auto waiting = co_await backlogs_of(self->receptions_);
  service_info made;
  made.app = self->setup_.group;
  made.instance = self->instance_;
  made.host = host_name();
  made.process = ::getpid();
  made.started = self->started_;
  for (const auto& [topic, desk] : self->desks_) made.topics.push_back(desk->statistics());
  for (std::size_t i = 0; i < waiting.size(); ++i) made.topics[i].backlog = waiting[i];
  co_return made;
}

void app_core::open_receptions() {
  if (desks_.empty()) return;
  std::vector<std::string> channels;
  for (const auto& [topic, desk] : desks_) {
    channels.push_back(call_channel(setup_.prefix.full(topic)));
  }
  calls_->listen(channels);
  started_ = server_time::of(*feedback_).now();
  announcement_ =
      std::make_shared<announcement>(feedback_, [this] { return describe(shared_from_this()); });
  announcement_->begin();
  for (const auto& each : flushers_) each->start();
  for (const auto& [topic, desk] : desks_) open_reception(topic, desk);
}

void app_core::open_reception(const std::string& topic, const std::shared_ptr<topic_desk>& desk) {
  receptions_.push_back(
      receive_at(desk, link_, *setup_.main, setup_.prefix.full(topic), setup_.group));
  ++open_;
  asio::co_spawn(
      link_->executor(), receptions_.back()->run(),
      [self = shared_from_this()](const std::exception_ptr& failure) { self->on_closed(failure); });
}

void app_core::on_closed(const std::exception_ptr& failure) {
  --open_;
  if (failure && !failure_) failure_ = failure;
  if (failure) stop();
  change_.open();
}

void app_core::stop() noexcept {
  if (std::exchange(stopping_, true)) return;
  extensions_->stop();
  for (const auto& each : receptions_) each->stop();
  timetable_.stop();
  change_.open();
}

asio::awaitable<void> app_core::flush_all() {
  for (const auto& each : flushers_) {
    try {
      co_await flusher::finish(each);
    } catch (...) {
      if (!failure_) failure_ = std::current_exception();
    }
  }
}

std::chrono::milliseconds app_core::age() const {
  if (!begun_) return std::chrono::milliseconds(0);
  return std::chrono::duration_cast<std::chrono::milliseconds>(link_->time().now() - *begun_);
}

asio::awaitable<void> app_core::begin(std::shared_ptr<app_core> self) {
  if (!self->stopping_) co_await extensions::start(self->extensions_, running_app(self));
  if (self->stopping_) co_return;
  self->open_receptions();
  self->timetable_.start();
}

// What an extension may take to end.
clock::duration app_core::longest_drain() const {
  if (desks_.empty()) return listener_options().drain_within();
  std::chrono::milliseconds longest{0};
  for (const auto& [topic, desk] : desks_) longest = std::max(longest, desk->how().drain_within());
  return longest;
}

asio::awaitable<void> app_core::run(std::shared_ptr<app_core> self) {
  if (self->begun_) throw error(errc::invalid_argument, "an app runs once");
  self->begun_ = self->link_->time().now();
  ++self->open_;
  asio::co_spawn(self->link_->executor(), begin(self),
                 [self](const std::exception_ptr& failure) { self->on_closed(failure); });
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
  co_await self->flush_all();
  self->calls_->end();
  if (self->announcement_) self->announcement_->end();
  co_await extensions::finish(self->extensions_, self->longest_drain());
  // Answers leave in order: what was sent before has arrived when this has, if the server is there.
  co_await as_result(self->setup_.feedback.ping());
  if (self->failure_) std::rethrow_exception(self->failure_);
}

}  // namespace sluice
