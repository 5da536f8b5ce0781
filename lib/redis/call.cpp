#include "redis/call.hpp"

#include "core/bounded.hpp"

#include <utility>

namespace sluice {
namespace {

constexpr auto after_sending = "cancelled; a command that was sent is executed all the same";

}  // namespace

error server_error(const resp::value& value, std::string_view command_name) {
  const auto text = value.text();
  return error(classify_server_error(text),
               diagnostics().command(std::string(command_name)).server_text(std::string(text)));
}

call::call(connection& link, std::chrono::milliseconds timeout)
    : waiter(link.waiters()), link_(link) {
  const auto limit = timeout.count() < 0 ? link.options().timeout() : timeout;
  deadline_ = limit.count() == 0 ? clock::time_point::max() : link.now() + bounded(limit);
}

call::~call() {
  if (in_line_) link_.leave_line_for_room(*this);
  link_.cancel_timer(*this);
  if (pending_) link_.abandon(ticket_);
}

bool call::must_wait_for_room(std::size_t bytes) {
  if (!link_.line_for_room() && link_.has_room(bytes)) return false;
  if (link_.closed()) return false;
  in_line_ = true;
  link_.wait_for_room(*this);
  if (deadline_ != clock::time_point::max()) link_.set_timer(*this, deadline_);
  return true;
}

void call::start(std::string_view frames, std::uint32_t replies, risk when_cut) {
  in_line_ = false;
  link_.cancel_timer(*this);
  if (failure_) return;
  if (was_cancelled()) {
    failure_.emplace(errc::cancelled,
                     sent_before_ ? after_sending : "cancelled before it was sent");
    return;
  }
  expected_ = replies;
  earlier_.clear();
  pending_ = true;
  const auto number = link_.submit({.frames = frames,
                                    .replies = replies,
                                    .when_cut = when_cut,
                                    .deadline = deadline_,
                                    .sent_before = sent_before_},
                                   *this);
  if (pending_) ticket_ = number;
}

void call::check_delivery(std::string_view command_name) const {
  if (!failure_) return;
  throw error(failure_->code(), diagnostics(failure_->why()).command(std::string(command_name)));
}

void call::check(std::string_view command_name) const {
  check_delivery(command_name);
  const auto& last = last_.value();
  if (!last.is_error()) return;
  const auto refusal = server_error(last, command_name);
  if (!sent_before_) throw refusal;
  auto why = refusal.why();
  throw error(refusal.code(), why.message(std::string(sent_on_a_broken_link)));
}

void call::on_reply(const resp::value& value, const buffer_ref& bytes) {
  if (earlier_.size() + 1 < expected_) {
    earlier_.emplace_back(value, bytes);
    return;
  }
  last_ = reply(value, bytes);
  finish();
}

void call::on_repeated() noexcept {
  earlier_.clear();
  sent_before_ = true;
}

void call::on_failure(const error& why) {
  failure_ = why;
  finish();
}

void call::on_time() {
  link_.leave_line_for_room(*this);
  failure_.emplace(errc::timeout,
                   "the queue of commands was full until the deadline; it was not sent");
  make_ready();
}

void call::on_cancel() noexcept {
  if (in_line_) {
    link_.leave_line_for_room(*this);
    return;
  }
  ++link_.counted().cancelled;
  link_.abandon(ticket_);
  pending_ = false;
  failure_.emplace(errc::cancelled, after_sending);
}

void call::finish() {
  pending_ = false;
  make_ready();
}

}  // namespace sluice
