// The keys of telstar: who shares them shares topics, groups and what was settled.
#pragma once

#include "sluice/core/uuid.hpp"

#include <string>
#include <string_view>

namespace sluice {

/// The keys of one member of a group. Names are put together as they are, as telstar does it.
class topic_keys {
 public:
  topic_keys(std::string prefix, std::string group, std::string consumer);

  static std::string stream(std::string_view prefix, std::string_view topic);

  const std::string& group() const noexcept { return group_; }
  const std::string& consumer() const noexcept { return consumer_; }
  std::string stream(std::string_view topic) const { return stream(prefix_, topic); }
  /// The topic of one of these streams.
  std::string_view topic(std::string_view stream) const;
  /// Exists once the group has settled the message.
  std::string seen(std::string_view topic, const uuid& id) const;
  /// The id of the entry that the member settled last.
  std::string checkpoint(std::string_view topic) const;
  /// When the group's run-once job was done.
  std::string once() const;
  /// What this run of this member has settled and not yet heard the answer of. Not telstar's.
  std::string settles(std::string_view incarnation) const;

 private:
  std::string prefix_, group_, consumer_;
};

}  // namespace sluice
