#include "redis/inbox.hpp"

#include "core/bounded.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

inbox::inbox(client redis, topics what) : redis_(std::move(redis)), what_(std::move(what)) {
  ended_ = link().closed();
  if (ended_) return;
  auto& known = link().subscribed();
  for (const auto& each : what_.channels()) known.add(topic_kind::channel, each, *this);
  for (const auto& each : what_.patterns()) known.add(topic_kind::pattern, each, *this);
}

void inbox::close() noexcept {
  if (std::exchange(left_, true)) return;
  auto& known = link().subscribed();
  for (const auto& each : what_.channels()) known.remove(topic_kind::channel, each, *this);
  for (const auto& each : what_.patterns()) known.remove(topic_kind::pattern, each, *this);
  wake_all();
}

message inbox::take() {
  message first = std::move(messages_.front());
  messages_.pop_front();
  bytes_ -= first.size();
  return first;
}

bool inbox::listening() const {
  const auto& known = link().subscribed();
  const auto confirmed = [&](topic_kind kind) {
    return [&known, kind](const std::string& name) { return known.confirmed(kind, name); };
  };
  return std::ranges::all_of(what_.channels(), confirmed(topic_kind::channel)) &&
         std::ranges::all_of(what_.patterns(), confirmed(topic_kind::pattern));
}

const error* inbox::refusal() const {
  const auto& known = link().subscribed();
  for (const auto& each : what_.channels()) {
    if (const auto* why = known.refusal(topic_kind::channel, each)) return why;
  }
  for (const auto& each : what_.patterns()) {
    if (const auto* why = known.refusal(topic_kind::pattern, each)) return why;
  }
  return nullptr;
}

void inbox::throw_failure() {
  if (const auto why = std::exchange(failure_, std::nullopt)) throw error(*why);
}

void inbox::on_message(std::string_view pattern, std::string_view channel,
                       std::string_view payload) {
  bytes_ += messages_.emplace_back(pattern, channel, payload).size();
  while (messages_.size() > 1 &&
         (messages_.size() > what_.queue_messages() || bytes_ > what_.queue_bytes())) {
    take();
    ++dropped_;
  }
  if (for_message_.empty()) return;
  auto* const first = for_message_.front();
  for_message_.pop_front();
  first->make_ready();
}

void inbox::on_refused(const error& why) {
  failure_ = why;
  wake_all();
}

void inbox::want_link() {
  link().want_link();
  if (link().gave_up()) failure_ = link().last_error();
}

void inbox::on_end() {
  ended_ = true;
  wake_all();
}

void inbox::wake_watchers() {
  for (auto* each : std::exchange(for_change_, {})) each->make_ready();
}

void inbox::wake_all() {
  for (auto* each : std::exchange(for_message_, {})) each->make_ready();
  wake_watchers();
}

void inbox::forget(inbox_wait& who) noexcept {
  std::erase(for_message_, &who);
  std::erase(for_change_, &who);
}

inbox_wait::inbox_wait(inbox& at, std::chrono::milliseconds limit)
    : waiter(at.link().waiters()), at_(at) {
  if (limit.count() >= 0) at.link().set_timer(*this, at.link().now() + bounded(limit));
}

inbox_wait::~inbox_wait() {
  at_.forget(*this);
  at_.link().cancel_timer(*this);
}

bool inbox_wait::must_wait_for_message() {
  if (!at_.empty() || at_.closed() || at_.has_failure() || over()) return false;
  at_.want_link();
  if (at_.has_failure() || at_.closed()) return false;
  at_.wait_for_message(*this);
  return true;
}

bool inbox_wait::must_wait_for_listening() {
  if (at_.closed() || over() || at_.listening() || at_.refusal() != nullptr || at_.has_failure()) {
    return false;
  }
  at_.want_link();
  if (at_.has_failure() || at_.closed()) return false;
  at_.wait_for_change(*this);
  return true;
}

void inbox_wait::check() const {
  at_.throw_failure();
  if (was_cancelled()) throw error(errc::cancelled, "cancelled while listening");
}

void inbox_wait::on_time() {
  timed_out_ = true;
  at_.forget(*this);
  make_ready();
}

}  // namespace sluice
