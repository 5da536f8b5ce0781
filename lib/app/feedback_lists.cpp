#include "app/feedback_lists.hpp"

#include "redis/client_access.hpp"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;

// As streamback's processes call these lists, and look for them.
constexpr std::string_view head = "streamback_feedback_";

constexpr auto net = 10s;
// Without doorbells: so many looks a second at most, however many wait.
constexpr auto time_for_each = 100us;
constexpr clock::duration shortest_wait = 10ms;
constexpr clock::duration longest_wait = 1s;

}  // namespace

feedback_lists::feedback_lists(const client& redis)
    : link_(client_access::shared_link(redis)), redis_(redis) {
  link_->observe(*this);
}

feedback_lists::~feedback_lists() {
  link_->cancel_timer(*this);
  link_->forget(*this);
}

bool feedback_lists::names_list(std::string_view id) noexcept { return id.starts_with(head); }

std::string feedback_lists::id_of(const std::string& uuid) const {
  return std::string(head) + uuid;
}

void feedback_lists::open(const std::shared_ptr<lane_state>& which, envelope& what) {
  what.feedback_list = which->id();
  join(which);
}

void feedback_lists::join(const std::shared_ptr<lane_state>& which) {
  if (!std::exchange(prepared_, true)) list_lane::prepare(*link_);
  const auto lane = std::make_shared<list_lane>(link_, which);
  open_.emplace(which.get(), lane);
  which->when_awaited([whose = std::weak_ptr<list_lane>(lane)] {
    if (const auto self = whose.lock()) self->want();
  });
  if (open_.size() == 1) set_clock();
  if (which->awaited()) lane->want();
}

// Nobody is told that it is unheard: others may go on with it.
void feedback_lists::close(const lane_state& which) noexcept {
  const auto found = open_.find(&which);
  if (found == open_.end()) return;
  const auto lane = std::move(found->second);
  open_.erase(found);
  if (open_.empty()) link_->cancel_timer(*this);
  try {
    lane->close();
  } catch (const std::exception&) {
    // No memory: what was not given back expires.
  }
}

clock::duration feedback_lists::pause() const {
  if (link_->server().doorbell() != doorbell_state::absent) return net;
  const clock::duration fair = time_for_each * static_cast<std::int64_t>(open_.size());
  return std::clamp(fair, shortest_wait, longest_wait);
}

void feedback_lists::set_clock() {
  if (!open_.empty()) link_->set_timer(*this, link_->now() + pause());
}

void feedback_lists::on_link_ready() {
  for (const auto& [whose, lane] : open_) lane->on_link_ready();
  set_clock();
}

void feedback_lists::on_time() {
  for (const auto& [whose, lane] : open_) lane->check();
  set_clock();
}

}  // namespace sluice
