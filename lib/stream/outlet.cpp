#include "stream/outlet.hpp"

#include "redis/call.hpp"
#include "stream/once_script.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

client own_connection(const client& shared) {
  return client_access::make(client_access::link(shared).another());
}

}  // namespace

outlet::outlet(client redis, durability stored)
    : redis_(stored.needs_wait() ? own_connection(redis) : std::move(redis)), stored_(stored) {}

void outlet::set_identity(std::string_view name, std::chrono::milliseconds memory) {
  identity_ = std::make_unique<producer_identity>(name, memory, link().random());
  link().prepare_links(once_script::loading_frame());
}

addition outlet::compose(std::string_view stream, std::span<const fields> what,
                         const add_options& how) {
  if (identity_) {
    return addition::once(stream, what, how, durability_command(), *identity_, link().now());
  }
  if (!how.once().empty()) {
    throw error(errc::invalid_argument,
                "a key of one's own needs a producer with a name: see producer::named");
  }
  return addition::plain(stream, what, how, durability_command());
}

// What makes the addition before it durable; empty when nothing is needed.
std::string outlet::durability_command() const {
  if (!stored_.needs_wait()) return {};
  command wait(stored_.needs_disk() ? "WAITAOF" : "WAIT");
  if (stored_.needs_disk()) wait.arg(1);
  wait.arg(stored_.replica_count()).arg(stored_.within().count());
  return wait.frame();
}

void outlet::set_window(std::size_t entries, std::size_t bytes) noexcept {
  window_entries_ = entries;
  window_bytes_ = bytes;
}

bool outlet::has_room(std::size_t bytes) const noexcept {
  if (under_way_.empty()) return true;
  return under_way_.size() < window_entries_ && bytes_ + bytes <= window_bytes_;
}

void outlet::send(addition what, clock::time_point deadline) {
  if (under_way_.empty()) busy_ = shared_from_this();
  auto& queued = under_way_.emplace_back(*this, std::move(what), deadline);
  bytes_ += queued.size();
  queued.submit();
}

// Afterwards it may be gone: a request may fail at once.
void outlet::sending::submit() {
  const auto longer = with_script_ ? what_.frames_with_script() : std::string();
  owner_.link().submit({.frames = with_script_ ? longer : what_.frames(),
                        .replies = replies(),
                        .when_cut = what_.when_cut(),
                        .deadline = deadline_},
                       *this);
}

void outlet::sending::on_repeated() noexcept {
  seen_ = 0;
  failure_.reset();
}

void outlet::sending::on_reply(const resp::value& value, const buffer_ref&) {
  const auto left = replies() - ++seen_;
  // Of the script's loading nothing is told: if it was refused, so is the addition.
  if (left < what_.replies()) judge(value, left + 1 == what_.replies());
  if (left > 0) return;
  const bool unknown_script = failure_ && failure_->which() == errc::no_script;
  if (unknown_script && !std::exchange(with_script_, true)) {
    on_repeated();
    return submit();
  }
  if (failure_) owner_.note_failure(*failure_);
  owner_.confirm(*this);
}

void outlet::sending::judge(const resp::value& value, bool is_addition) {
  if (failure_) return;
  if (value.is_error()) {
    failure_ = server_error(value, "XADD");
  } else if (!is_addition) {
    failure_ = durability_shortfall(value, owner_.stored_);
  } else if (value.is_null()) {
    failure_ = error(errc::no_such_key, "the stream does not exist and was not to be made");
  } else {
    ++owner_.link().counted().entries_added;
  }
}

void outlet::sending::on_failure(const error& why) {
  owner_.note_failure(why);
  owner_.confirm(*this);
}

void outlet::note_failure(const error& why) {
  ++failures_;
  if (!first_failure_) first_failure_ = why;
}

void outlet::confirm(const sending& which) {
  bytes_ -= which.size();
  // It is the first nearly always.
  under_way_.erase(std::find_if(under_way_.begin(), under_way_.end(),
                                [&](const sending& each) { return &each == &which; }));
  if (!room_.empty()) {
    auto* const first = room_.front();
    room_.pop_front();
    first->make_ready();
  }
  if (!under_way_.empty()) return;
  for (auto* each : std::exchange(confirmation_, {})) each->make_ready();
  const auto last_reference = std::exchange(busy_, nullptr);
}

void outlet::throw_failures() {
  if (!first_failure_) return;
  const auto first = *std::exchange(first_failure_, std::nullopt);
  const auto count = std::exchange(failures_, 0);
  throw error(first.code(),
              diagnostics(first.why())
                  .message(std::to_string(count) + (count == 1 ? " entry" : " entries") +
                           " failed; the first: " + first.why().message()));
}

void outlet::forget(waiter& who) noexcept {
  std::erase(room_, &who);
  std::erase(confirmation_, &who);
}

std::optional<error> durability_shortfall(const resp::value& reply, const durability& asked) {
  const auto local = asked.needs_disk() ? reply[0].integer().value_or(0) : 0;
  const auto copies =
      asked.needs_disk() ? reply[1].integer().value_or(0) : reply.integer().value_or(0);
  if (copies >= asked.replica_count() && (!asked.needs_disk() || local >= 1)) return std::nullopt;
  return error(
      errc::too_few_replicas,
      "stored on the master, but only " + std::to_string(copies) + " of " +
          std::to_string(asked.replica_count()) + " replicas" +
          (asked.needs_disk() ? std::string(local >= 1 ? "" : ", and not its disk,") : "") +
          " confirmed it within " + std::to_string(asked.within().count()) + " ms");
}

}  // namespace sluice
