#include "admin/beats_heard.hpp"

#include <cstddef>

namespace sluice::admin {
namespace {

// Anybody may publish anything on such a channel.
constexpr std::size_t most_members = 10'000;

}  // namespace

void beats_heard::listen_to(const std::set<std::string>& groups) {
  for (auto each = groups_.begin(); each != groups_.end();) {
    if (groups.contains(each->first)) {
      ++each;
      continue;
    }
    link_.subscribed().remove(topic_kind::channel, each->first, *this);
    each = groups_.erase(each);
  }
  for (const auto& each : groups) {
    const auto [place, is_new] = groups_.try_emplace(each);
    if (is_new) link_.subscribed().add(topic_kind::channel, each, *this);
  }
}

std::optional<clock::time_point> beats_heard::last(std::string_view group,
                                                   std::string_view member) const {
  std::optional<clock::time_point> heard;
  const auto known = groups_.find(group);
  if (known == groups_.end()) return heard;
  const auto found = known->second.find(member);
  if (found != known->second.end()) heard = found->second;
  return heard;
}

void beats_heard::on_message(std::string_view, std::string_view channel, std::string_view payload) {
  const auto known = groups_.find(channel);
  if (known == groups_.end()) return;
  auto& members = known->second;
  if (const auto found = members.find(payload); found != members.end()) {
    found->second = link_.now();
  } else if (members.size() < most_members) {
    members.emplace(payload, link_.now());
  }
}

}  // namespace sluice::admin
