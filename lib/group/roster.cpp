#include "group/roster.hpp"

#include <algorithm>

namespace sluice {
namespace {

// Of the time after which somebody is silent. Most members start under a name of their own each
// time, and what was theirs has been swept long before.
constexpr int remembered = 10;

}  // namespace

void roster::on_beat(std::string_view name, time_point now, bool own) {
  auto known = heard_.find(name);
  if (known == heard_.end()) known = heard_.emplace(name, sign{}).first;
  known->second = {.heard = now, .told = false};
  if (own) own_beat_ = now;
}

void roster::on_hearing(time_point now) noexcept {
  hears_ = true;
  hears_since_ = now;
}

roster::time_point roster::silent_at(const sign& last) const noexcept {
  return std::max(last.heard, hears_since_) + silence_;
}

bool roster::is_silent(const sign& last) const noexcept {
  return hears_ && own_beat_ >= silent_at(last);
}

bool roster::has_beaten(std::string_view name) const { return heard_.contains(name); }

bool roster::is_silent(std::string_view name) const {
  const auto known = heard_.find(name);
  return known != heard_.end() && is_silent(known->second);
}

bool roster::somebody_fell_silent() {
  bool somebody = false;
  for (auto& [name, last] : heard_) {
    if (last.told || !is_silent(last)) continue;
    last.told = true;
    somebody = true;
  }
  std::erase_if(heard_, [this](const auto& each) {
    return each.second.told && own_beat_ - silent_at(each.second) >= (remembered - 1) * silence_;
  });
  return somebody;
}

roster::time_point roster::next_silence() const {
  auto next = time_point::max();
  if (!hears_) return next;
  for (const auto& [name, last] : heard_) {
    if (!is_silent(last)) next = std::min(next, silent_at(last));
  }
  return next;
}

void roster::forget(std::string_view name) {
  const auto known = heard_.find(name);
  if (known != heard_.end()) heard_.erase(known);
}

}  // namespace sluice
