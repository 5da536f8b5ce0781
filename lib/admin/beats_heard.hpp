// The heartbeats of some groups, listened to as a stranger.
#pragma once

#include "redis/connection.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace sluice::admin {

/// Groups have a channel that is called like them; a beat is the name of a member (`heart`).
class beats_heard final : private channel_listener {
 public:
  explicit beats_heard(connection& link) : link_(link) {}
  beats_heard(const beats_heard&) = delete;
  beats_heard& operator=(const beats_heard&) = delete;
  ~beats_heard() { listen_to({}); }

  /// Listens to these groups, and to no others any more.
  void listen_to(const std::set<std::string>& groups);
  /// When a member last beat; empty where nobody has heard it.
  std::optional<clock::time_point> last(std::string_view group, std::string_view member) const;

 private:
  using members = std::map<std::string, clock::time_point, std::less<>>;

  void on_message(std::string_view pattern, std::string_view channel,
                  std::string_view payload) override;

  connection& link_;
  std::map<std::string, members, std::less<>> groups_;
};

}  // namespace sluice::admin
