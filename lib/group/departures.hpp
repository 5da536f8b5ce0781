// Entries that are about to leave a member's hands.
#pragma once

#include "group/acknowledger.hpp"
#include "group/ownership.hpp"

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Steps that settle entries or give them back, and that the server has not answered yet, of all
/// consumers on a connection that have or had the same name. A page of the backlog that was read
/// before such a step was executed still has the entry: but its answer comes first as well, so
/// whatever stands here then is on its way out. (A script that the server does not know is sent a
/// second time, and so later than what was sent after it.)
class departures {
 public:
  static std::shared_ptr<departures> shared(connection& link, const group_place& at,
                                            const std::string& member);

  void begin(const std::string& id) { leaving_.insert(id); }
  void end(const std::string& id) noexcept;
  /// Until it is settled.
  void add(const std::shared_ptr<ack_batch>& batch);
  bool contains(std::string_view id) const;

 private:
  std::multiset<std::string, std::less<>> leaving_;
  std::vector<std::weak_ptr<ack_batch>> batches_;
};

}  // namespace sluice
