#include "redis/engine.hpp"

#include "sluice/redis/command.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

constexpr std::size_t refusals_before_giving_up = 5;

// Trying again at once would not help against these; a person has to act.
bool is_refusal(const error& why) { return why.code() == condition::fatal; }

std::string milliseconds_text(clock::duration time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) +
         " ms";
}

clock::time_point after(clock::time_point now, clock::duration delay) {
  return delay.count() == 0 ? clock::time_point::max() : now + delay;
}

}  // namespace

engine::engine(const connection_options& options, random_source random, link_listener& listener,
               counters& counted)
    : options_(options),
      random_(std::move(random)),
      listener_(listener),
      counted_(counted),
      backoff_(options.backoff_first(), options.backoff_longest()),
      scanner_(options.limits()) {}

// Requests.

engine::ticket engine::submit(const wire_request& what, reply_sink& sink, time_point now) {
  now_ = now;
  if (phase_ == phase::closed || (closing_ && !what.goes_on)) {
    sink.on_failure(error(errc::closed, "the client was closed"));
    return 0;
  }
  if (phase_ == phase::faulted && now < phase_deadline_) {
    sink.on_failure(*last_error_);
    return 0;
  }
  if (phase_ != phase::ready) queue_.sweep();
  const auto number = queue_.push(what, sink, now);
  ++counted_.commands;
  want_link(now);
  return number;
}

void engine::abandon(ticket which) noexcept { queue_.abandon(which); }

bool engine::has_room(std::size_t bytes) const noexcept {
  if (queue_.empty()) return true;
  return queue_.size() < options_.in_flight_commands() &&
         queue_.bytes() + bytes <= options_.in_flight_bytes();
}

void engine::prepare_links(const std::string& frame, time_point now) {
  if (std::find(preparations_.begin(), preparations_.end(), frame) != preparations_.end()) return;
  preparations_.push_back(frame);
  if (phase_ != phase::handshaking && phase_ != phase::ready) return;
  submit({.frames = frame, .replies = 1, .when_cut = risk::repeatable}, deaf_, now);
}

// Connecting.

void engine::want_link(time_point now) {
  if (phase_ == phase::idle || (phase_ == phase::faulted && now >= phase_deadline_)) {
    begin_attempt(now);
  }
}

void engine::begin_attempt(time_point now) {
  phase_ = phase::connecting;
  phase_deadline_ = now + options_.connect_timeout();
  wish_ = wish::connect;
}

void engine::link_up(time_point now) {
  if (phase_ != phase::connecting) return;
  now_ = now;
  phase_ = phase::handshaking;
  prelude_ = handshake_.begin(options_, random_(), preparations_);
  prelude_written_ = 0;
  scanner_.reset();
  window_.clear();
  last_byte_ = now;
  health_.unanswered = false;
}

void engine::link_down(const error& why, time_point now) {
  now_ = now;
  if (phase_ == phase::connecting || phase_ == phase::handshaking) {
    attempt_failed(why);
  } else if (phase_ == phase::ready) {
    break_link(why);
  }
}

void engine::attempt_failed(const error& why) {
  ++failed_attempts_;
  ++counted_.failed_attempts;
  last_error_ = why;
  wish_ = wish::disconnect;
  if (is_refusal(why)) {
    fail_all(why);
    if (++refusals_ >= refusals_before_giving_up) {
      phase_ = phase::faulted;
      phase_deadline_ = now_ + options_.backoff_longest();
      listener_.on_attempt_failed(why, options_.backoff_longest(), failed_attempts_);
      return;
    }
  } else {
    refusals_ = 0;
  }
  pause(why);
}

void engine::pause(const error& why) {
  const auto delay = begin_pause();
  listener_.on_attempt_failed(why, delay, failed_attempts_);
}

clock::duration engine::begin_pause() {
  const auto delay = backoff_.next(random_());
  phase_ = phase::pausing;
  phase_deadline_ = now_ + delay;
  return delay;
}

void engine::break_link(const error& why, bool head_is_at_fault) {
  // What needs memory comes first. Without it the end of the link is not taken in, and the next
  // sign of it is: half a command must not be continued on another link.
  const error unknown(errc::outcome_unknown,
                      diagnostics("the link broke after the command was sent and before it was "
                                  "answered; it may or may not have been executed (" +
                                  std::string(why.what()) + ")"));
  const error lost(errc::connection_lost, why.what());
  const auto broken = queue_.break_link(health_, head_is_at_fault);
  ++counted_.links_lost;
  last_error_ = why;
  wish_ = wish::disconnect;
  ping_sent_ = time_point::max();
  // A server that accepts and drops again must not be hammered: only a link that lived longer than
  // the longest pause makes the pauses start over.
  if (now_ - ready_since_ > options_.backoff_longest()) backoff_.reset();
  const auto delay = begin_pause();
  counted_.resent += broken.repeated;
  counted_.outcomes_unknown += broken.unknown.size();
  if (broken.at_fault != nullptr) broken.at_fault->on_failure(why);
  for (auto* sink : broken.unknown) sink->on_failure(unknown);
  for (auto* sink : broken.bound) sink->on_failure(lost);
  listener_.on_link_lost(why);
  if (phase_ == phase::pausing) listener_.on_attempt_failed(why, delay, failed_attempts_);
}

void engine::fail_all(const error& why) {
  for (auto* sink : queue_.clear()) sink->on_failure(why);
}

// Receiving.

void engine::received(std::size_t bytes, time_point now) {
  now_ = now;
  last_byte_ = now;
  ping_sent_ = time_point::max();
  ++counted_.reads;
  counted_.bytes_received += bytes;
  window_.received(bytes);
  while (!window_.unparsed().empty() && (phase_ == phase::handshaking || phase_ == phase::ready)) {
    const auto unparsed = window_.unparsed();
    const auto status = scanner_.scan(unparsed);
    if (status == resp::scanner::status::incomplete) return;
    if (status == resp::scanner::status::malformed) return report_malformed();
    const auto size = scanner_.size();
    scanner_.reset();
    window_.parsed(size);
    dispatch(resp::value(unparsed.substr(0, size)));
  }
}

void engine::report_malformed() {
  const auto fault = scanner_.error();
  const auto text = to_string(fault);
  if (phase_ == phase::handshaking) {
    return attempt_failed(error(errc::not_redis, "the peer does not speak RESP3: " + text));
  }
  const auto code = fault.limit != 0 ? errc::reply_too_large : errc::protocol_error;
  // Sent again, the same command would bring the same reply, and end one link after the other.
  const bool answers_head = code == errc::reply_too_large && queue_.head_can_be_answered() &&
                            !window_.unparsed().starts_with('>');
  break_link(error(code, text + "; the connection was closed"), answers_head);
}

void engine::dispatch(const resp::value& value) {
  if (value.type() == resp::kind::push) {
    ++counted_.pushes;
    if (phase_ == phase::handshaking) handshake_.on_push(value);
    if (confirms_head(value)) return answer(value);
    listener_.on_push(value, window_.bytes());
  } else if (phase_ == phase::handshaking) {
    continue_handshake(value);
  } else {
    answer(value);
  }
}

void engine::continue_handshake(const resp::value& value) {
  const auto progress = handshake_.on_reply(value);
  if (progress == handshake::progress::failed) return attempt_failed(handshake_.failure());
  if (progress == handshake::progress::more) return;
  server_ = handshake_.server();
  phase_ = phase::ready;
  phase_deadline_ = close_deadline_;
  ready_since_ = now_;
  failed_attempts_ = refusals_ = 0;
  ++counted_.connects;
  listener_.on_ready();
}

// The server answers in order, pushes among them: when a confirmation comes, everything asked for
// before has been answered, and its request is the first in the queue.
bool engine::confirms_head(const resp::value& push) const {
  if (phase_ != phase::ready || queue_.empty()) return false;
  if (queue_.head().answered_by != answer_kind::confirmation) return false;
  const auto what = push[0].text();
  return what == "subscribe" || what == "unsubscribe" || what == "psubscribe" ||
         what == "punsubscribe";
}

void engine::answer(const resp::value& value) {
  if (!queue_.head_can_be_answered()) {
    return out_of_step("the server sent a reply that nobody asked for");
  }
  ++counted_.replies;
  std::string slow_head;
  const auto elapsed = now_ - queue_.head().submitted;
  if (is_slow(queue_.head())) slow_head = queue_.head_bytes().substr(0, 64);
  auto* const sink = queue_.answer_head();
  if (sink != nullptr) sink->on_reply(value, window_.bytes());
  if (!slow_head.empty()) listener_.on_slow_command(slow_head, elapsed);
}

bool engine::is_slow(const request_queue::place& answered) const {
  const auto limit = options_.slow_command();
  return limit.count() > 0 && answered.replies == 1 && now_ - answered.submitted > limit;
}

void engine::out_of_step(std::string text) {
  break_link(error(errc::protocol_error, std::move(text) + "; the connection was closed"));
}

void engine::health_check::on_reply(const resp::value& value, const buffer_ref&) {
  unanswered = false;
  // MISCONF, BUSY and LOADING are what a living server in trouble says to a PING.
  if (value.is_error() || value.text() == nonce) return;
  owner_.out_of_step("a health check was answered with another's reply");
}

// Time.

void engine::tick(time_point now) {
  now_ = now;
  switch (phase_) {
    case phase::pausing:
      if (now >= phase_deadline_) begin_attempt(now);
      break;
    case phase::connecting:
    case phase::handshaking:
      if (now >= phase_deadline_) {
        attempt_failed(error(errc::connect_timeout,
                             "no connection within " +
                                 milliseconds_text(options_.connect_timeout()) + missing_step()));
      }
      break;
    case phase::ready:
      check_health(now);
      break;
    default:
      break;
  }
  if (now >= queue_.earliest_deadline()) {
    counted_.timeouts += queue_.expire(now, [this](const request_queue::place& each) {
      each.sink->on_failure(timeout_error(each));
    });
  }
  if (closing_ && now >= close_deadline_) stop();
}

// A server without TLS waits for the rest of what it takes for a command.
const char* engine::missing_step() const {
  if (phase_ == phase::handshaking) return " (no answer to the handshake)";
  return options_.kind() == connection_options::scheme::tls
             ? " (no TLS session: is TLS spoken there?)"
             : "";
}

void engine::check_health(time_point now) {
  const auto interval = options_.health_check();
  if (interval.count() == 0) return;
  if (ping_sent_ == time_point::max()) {
    if (now < last_byte_ + interval) return;
    ping_sent_ = now;
    // Other bytes came meanwhile and the answer still stands out: it is waited for once more.
    if (health_.unanswered) return;
    health_.unanswered = true;
    ++counted_.health_checks;
    health_.nonce = "sluice-" + std::to_string(random_());
    const auto frame = command("PING").arg(health_.nonce).frame();
    submit({.frames = frame, .replies = 1, .when_cut = risk::once, .deadline = time_point::max()},
           health_, now);
  } else if (now >= ping_sent_ + options_.health_timeout()) {
    break_link(error(errc::connection_lost, "the server has been silent for " +
                                                milliseconds_text(now - last_byte_) +
                                                " and does not answer a PING"));
  }
}

error engine::timeout_error(const request_queue::place& which) const {
  std::string text = "no reply within " + milliseconds_text(which.deadline - which.submitted);
  text += queue_.may_have_been_executed(which) ? "; it was sent, so it may have been executed"
                                               : "; it was not sent";
  if (last_error_ && phase_ != phase::ready) {
    text += "; there is no connection: ";
    text += last_error_->what();
  }
  diagnostics why(std::move(text));
  if (last_error_) why.server_text(last_error_->why().server_text());
  return error(errc::timeout, std::move(why));
}

engine::time_point engine::next_alarm() const noexcept {
  auto next = queue_.earliest_deadline();
  if (phase_ == phase::connecting || phase_ == phase::handshaking || phase_ == phase::pausing) {
    next = std::min(next, phase_deadline_);
  }
  if (phase_ == phase::ready && options_.health_check().count() > 0) {
    next =
        std::min(next, ping_sent_ == time_point::max() ? after(last_byte_, options_.health_check())
                                                       : ping_sent_ + options_.health_timeout());
  }
  if (closing_ && phase_ != phase::closed) next = std::min(next, close_deadline_);
  return next;
}

// Writing and ending.

std::size_t engine::gather(std::span<std::string_view> pieces) {
  if (phase_ == phase::handshaking) {
    const auto rest = std::string_view(prelude_).substr(prelude_written_);
    if (rest.empty()) return 0;
    pieces[0] = rest;
    return 1;
  }
  if (phase_ != phase::ready) return 0;
  return queue_.gather(pieces);
}

void engine::written(std::size_t bytes) {
  ++counted_.writes;
  counted_.bytes_sent += bytes;
  if (phase_ == phase::handshaking) {
    prelude_written_ += bytes;
  } else if (phase_ == phase::ready) {
    queue_.written(bytes);
  }
}

engine::wish engine::take_wish() {
  if (closing_ && queue_.empty()) stop();
  return std::exchange(wish_, wish::none);
}

void engine::close(time_point deadline) {
  closing_ = true;
  close_deadline_ = deadline;
  if (queue_.empty() || phase_ == phase::faulted || phase_ == phase::idle) stop();
}

void engine::stop() {
  if (phase_ == phase::closed) return;
  const bool had_link = phase_ != phase::idle;
  phase_ = phase::closed;
  wish_ = had_link ? wish::disconnect : wish::none;
  fail_all(error(errc::closed, "the client was closed"));
}

}  // namespace sluice
