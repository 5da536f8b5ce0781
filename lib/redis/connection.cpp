#include "redis/connection.hpp"

#include "redis/connection_registry.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice {
namespace {

constexpr std::size_t pieces_a_write = 16;

std::chrono::milliseconds in_milliseconds(clock::duration time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time);
}

// The name of the command at the head of a frame: "*2\r\n$4\r\nXLEN\r\n…".
std::string_view command_name(std::string_view frames) {
  for (int line = 0; line < 2; ++line) {
    const auto end = frames.find("\r\n");
    if (end == std::string_view::npos) return {};
    frames.remove_prefix(end + 2);
  }
  return frames.substr(0, frames.find("\r\n"));
}

}  // namespace

std::shared_ptr<connection> connection::make(boost::asio::any_io_executor executor,
                                             connection_options options,
                                             transport_factory transports) {
  std::shared_ptr<connection> made(
      new connection(std::move(executor), std::move(options), std::move(transports)));
  connection_registry::enlist(made);
  return made;
}

connection::connection(boost::asio::any_io_executor executor, connection_options options,
                       transport_factory transports)
    : options_(std::move(options)),
      time_(options_.time_source() ? options_.time_source() : system_clock()),
      random_(options_.random() ? options_.random() : system_random()),
      transports_(std::move(transports)),
      engine_(options_, random_, *this, counted_),
      waiters_(std::move(executor)),
      alarm_(time_->make_alarm(waiters_.executor())) {}

connection::~connection() = default;

std::shared_ptr<connection> connection::another() const {
  return make(executor(), options_, transports_);
}

// Turns.

template <class Event>
void connection::in_turn(Event&& happen) {
  // A coroutine that ends with an exception may throw it out of the turn; the turn that follows
  // then does what this one left.
  struct guard {
    explicit guard(std::shared_ptr<connection> turning) : self(std::move(turning)) {}
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;
    ~guard() { self->leave_turn(); }
    std::shared_ptr<connection> self;
  };
  const guard until_end(shared_from_this());
  in_turn_ = true;
  now_ = time_->now();
  happen();
  finish_turn();
}

void connection::leave_turn() noexcept {
  in_turn_ = false;
  if (waiters_.has_ready() || (transport_ && connected_ && !reading_)) schedule_turn();
}

void connection::finish_turn() {
  do {
    waiters_.resume_ready();
    serve_line_for_room();
    do_turn_end_work();
    flush();
    obey_wish();
  } while (waiters_.has_ready() && !context_gone_);
  if (context_gone_) return;
  read_more();
  set_alarm();
}

void connection::schedule_turn() {
  if (in_turn_ || turn_scheduled_ || context_gone_) return;
  boost::asio::post(waiters_.executor(), [self = shared_from_this()] {
    self->turn_scheduled_ = false;
    if (!self->context_gone_) self->in_turn([] {});
  });
  turn_scheduled_ = true;
}

clock::time_point connection::now() const noexcept { return in_turn_ ? now_ : time_->now(); }

void connection::serve_line_for_room() {
  while (!room_.empty() && (engine_.has_room(0) || closed())) {
    auto* const first = room_.front();
    room_.erase(room_.begin());
    first->make_ready();
    waiters_.resume_ready();
  }
}

void connection::at_turn_end(turn_work& work) {
  if (context_gone_) return work.on_turn_end();
  turn_end_.push_back(&work);
  schedule_turn();
}

void connection::leave_turn_end(turn_work& work) noexcept { std::erase(turn_end_, &work); }

void connection::do_turn_end_work() {
  while (!turn_end_.empty()) {
    auto* const work = turn_end_.back();
    turn_end_.pop_back();
    work->on_turn_end();
  }
}

void connection::send_now() {
  do_turn_end_work();
  flush();
}

void connection::obey_wish() {
  switch (engine_.take_wish()) {
    case engine::wish::none:
      break;
    case engine::wish::connect:
      open_transport();
      break;
    case engine::wish::disconnect:
      close_transport();
      break;
  }
  if (closed()) tell_end();
}

void connection::tell_end() {
  wake_all(end_);
  wake_all(attempt_);
  if (std::exchange(end_told_, true)) return;
  alarm_->cancel();
  alarm_at_ = clock::time_point::max();
  subscribed_.on_end();
  tell_observers([](link_observer& each) { each.on_link_closed(); });
}

void connection::open_transport() {
  close_transport();
  try {
    transport_ = transports_(waiters_.executor(), options_, *time_, *this);
    transport_->connect();
  } catch (const boost::system::system_error& failure) {
    // A certificate file that cannot be read, or no descriptor left for the socket.
    const auto* const known = dynamic_cast<const error*>(&failure);
    const bool tls = options_.kind() == connection_options::scheme::tls;
    engine_.link_down(known != nullptr ? *known
                                       : error(tls ? errc::tls_failed : errc::connection_refused,
                                               options_.address() + ": " + failure.what()),
                      now());
    close_transport();
    engine_.take_wish();
  }
}

void connection::close_transport() noexcept {
  if (!transport_) return;
  transport_->close();
  transport_.reset();
  connected_ = reading_ = false;
}

void connection::flush() {
  if (!transport_) return;
  std::array<std::string_view, pieces_a_write> pieces;
  for (;;) {
    const auto count = engine_.gather(pieces);
    if (count == 0) return;
    std::size_t offered = 0;
    for (std::size_t i = 0; i < count; ++i) offered += pieces[i].size();
    const auto taken = transport_->write(std::span<const std::string_view>(pieces.data(), count));
    if (taken > 0) engine_.written(taken);
    if (taken < offered) return;
  }
}

void connection::set_alarm() {
  // Whoever still has a timer has been told the end; an alarm would keep the program from ending.
  if (end_told_) return;
  const auto next = std::min(engine_.next_alarm(), timers_.next());
  // An alarm that is too early costs one empty turn; resetting it every turn costs far more.
  if (next >= alarm_at_) return;
  alarm_at_ = next;
  alarm_->set(next, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->context_gone_) return;
    self->alarm_at_ = clock::time_point::max();
    self->in_turn([&] {
      self->engine_.tick(self->now_);
      self->timers_.ring(self->now_);
    });
  });
}

void connection::set_timer(timed& who, clock::time_point at) {
  timers_.set(who, at);
  if (at < alarm_at_) schedule_turn();
}

// Requests.

engine::ticket connection::submit(const wire_request& what, reply_sink& sink) {
  if (context_gone_) {
    sink.on_failure(error(errc::closed, "the execution context has ended"));
    return 0;
  }
  // First, as it needs memory: a request whose ticket is not handed over cannot be abandoned.
  schedule_turn();
  return engine_.submit(what, sink, now());
}

void connection::abandon(engine::ticket which) noexcept {
  if (which != 0) engine_.abandon(which);
}

bool connection::has_room(std::size_t bytes) const noexcept { return engine_.has_room(bytes); }

void connection::prepare_links(const std::string& frame) {
  engine_.prepare_links(frame, now());
  schedule_turn();
}

void connection::want_link() {
  engine_.want_link(now());
  schedule_turn();
}

void connection::close() {
  // What was gathered for the end of the turn is queued as well.
  do_turn_end_work();
  engine_.close(now() + options_.connect_timeout());
  schedule_turn();
}

void connection::stop() noexcept {
  if (context_gone_ || closed()) return;
  engine_.stop();
  engine_.take_wish();
  close_transport();
  alarm_->cancel();
  alarm_at_ = clock::time_point::max();
  schedule_turn();
}

void connection::observe(link_observer& who) {
  observers_.push_back(&who);
  who.place_ = observers_.size() - 1;
}

void connection::forget(link_observer& who) noexcept {
  if (who.place_ == link_observer::nowhere) return;
  observers_[who.place_] = nullptr;
  who.place_ = link_observer::nowhere;
  ++absent_;
  if (!telling_ && absent_ > observers_.size() / 2) close_ranks();
}

void connection::close_ranks() noexcept {
  std::erase(observers_, nullptr);
  absent_ = 0;
  for (std::size_t i = 0; i < observers_.size(); ++i) observers_[i]->place_ = i;
}

// They may come and leave while the others are being told.
template <class Tell>
void connection::tell_observers(Tell tell) {
  const bool is_told_already = std::exchange(telling_, true);
  for (std::size_t i = 0; i < observers_.size(); ++i) {
    if (observers_[i] != nullptr) tell(*observers_[i]);
  }
  telling_ = is_told_already;
}

counters connection::snapshot() const noexcept {
  auto copy = counted_;
  copy.in_flight = engine_.in_flight();
  copy.in_flight_bytes = engine_.in_flight_bytes();
  return copy;
}

void connection::emit(const event& what) const {
  // It is promised to be called on the executor, which is gone with the context.
  if (has_event_handler() && !context_gone_) options_.on_event()(what);
}

void connection::wake_all(std::vector<waiter*>& whom) {
  for (auto* each : std::exchange(whom, {})) each->make_ready();
}

void connection::abandon_context() {
  if (std::exchange(context_gone_, true)) return;
  engine_.stop();
  if (transport_) transport_->close();
  transport_.reset();
  alarm_.reset();
  // Who waits for the end of a turn keeps itself alive until then.
  do_turn_end_work();
  waiters_.destroy_all();
}

// The transport's events.

// At the turn's end, when most of what was received has been used up and its space is free again.
void connection::read_more() {
  if (!connected_ || reading_) return;
  reading_ = true;
  transport_->read(engine_.read_space());
}

void connection::on_connected() {
  in_turn([this] {
    connected_ = true;
    engine_.link_up(now_);
  });
}

void connection::on_read(std::size_t bytes) {
  in_turn([&] {
    reading_ = false;
    engine_.received(bytes, now_);
  });
}

void connection::on_writable() {
  in_turn([] {});
}

void connection::on_broken(const error& why) {
  in_turn([&] {
    connected_ = false;
    engine_.link_down(why, now_);
  });
}

// The engine's news.

void connection::on_ready() {
  wake_all(attempt_);
  subscribed_.on_link_ready();
  tell_observers([](link_observer& each) { each.on_link_ready(); });
  emit(events::connected{.address = options_.address(),
                         .server = server().server(),
                         .server_version = server().version_text(),
                         .reconnects = static_cast<std::size_t>(counted_.connects - 1)});
  if (server().doorbell() != doorbell_state::proven) {
    emit(events::doorbell_unavailable{.reason = server().doorbell_reason()});
  }
}

void connection::on_push(const resp::value& value, const buffer_ref&) {
  if (value[0].text() == "invalidate") {
    counted_.doorbells += bells_.on_push(value);
    return;
  }
  subscribed_.on_push(value);
}

void connection::on_link_lost(const error& why) {
  subscribed_.on_link_lost();
  emit(events::disconnected{
      .address = options_.address(), .reason = why.code(), .text = why.what()});
  tell_observers([](link_observer& each) { each.on_link_lost(); });
}

void connection::on_attempt_failed(const error& why, clock::duration pause, std::size_t attempt) {
  if (attempt > 0) wake_all(attempt_);
  if (why.code() == condition::fatal) subscribed_.on_hopeless(why);
  emit(events::retrying{.address = options_.address(),
                        .reason = why.code(),
                        .text = why.what(),
                        .pause = in_milliseconds(pause),
                        .attempt = attempt});
}

void connection::on_slow_command(std::string_view frames_head, clock::duration elapsed) {
  emit(events::slow_command{
      .command = command_name(frames_head),
      .elapsed = std::chrono::duration_cast<std::chrono::microseconds>(elapsed)});
}

}  // namespace sluice
