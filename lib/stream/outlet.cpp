#include "stream/outlet.hpp"

#include "redis/call.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

client own_connection(const client& shared) {
  return client_access::make(client_access::link(shared).another());
}

}  // namespace

outlet::outlet(client redis, durability stored)
    : redis_(stored.needs_wait() ? own_connection(redis) : std::move(redis)),
      stored_(stored),
      replies_each_(stored.needs_wait() ? 2 : 1) {}

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
  if (sizes_.empty()) return true;
  return sizes_.size() < window_entries_ && bytes_ + bytes <= window_bytes_;
}

void outlet::send(std::string frame, clock::time_point deadline) {
  if (sizes_.empty()) {
    busy_ = shared_from_this();
    replies_left_ = replies_each_;
  }
  sizes_.push_back(frame.size());
  bytes_ += frame.size();
  frame += durability_command();
  link().submit(
      {.frames = frame, .replies = replies_each_, .when_cut = risk::once, .deadline = deadline},
      *this);
}

void outlet::on_reply(const resp::value& value, const buffer_ref&) {
  if (value.is_error()) {
    note_failure(server_error(value, "XADD"));
  } else if (replies_left_ == replies_each_ && value.is_null()) {
    note_failure(error(errc::no_such_key, "the stream does not exist and was not to be made"));
  } else if (replies_left_ < replies_each_) {
    if (const auto shortfall = durability_shortfall(value, stored_)) note_failure(*shortfall);
  } else {
    ++link().counted().entries_added;
  }
  if (--replies_left_ == 0) confirm_one();
}

void outlet::on_failure(const error& why) {
  note_failure(why);
  confirm_one();
}

void outlet::note_failure(const error& why) {
  ++failures_;
  if (!first_failure_) first_failure_ = why;
}

void outlet::confirm_one() {
  bytes_ -= sizes_.front();
  sizes_.pop_front();
  replies_left_ = replies_each_;
  if (!room_.empty()) {
    auto* const first = room_.front();
    room_.pop_front();
    first->make_ready();
  }
  if (!sizes_.empty()) return;
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
