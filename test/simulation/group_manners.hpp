// How the members of a run's group behave: the same for all of them.
#pragma once

#include "dice.hpp"

#include "sluice/group/group_consumer.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice::simulation {

struct group_manners {
  using milliseconds = std::chrono::milliseconds;

  bool leases = false;
  milliseconds heartbeat{0};
  milliseconds claim_timeout{0};
  milliseconds max_lease{0};
  milliseconds remove_after{0};
  std::int64_t max_deliveries = 0;  ///< 0 for no limit.
  /// Members give entries back, and up.
  bool gives_back = false;
  group_loss on_loss = group_loss::restart;

  /// `alone` when the group has one member only; `jitter` by how much a beat may be late.
  static group_manners some(dice& chance, bool alone, milliseconds jitter) {
    group_manners what;
    what.leases = chance.percent(60);
    // A member that resumes knows of its own work only: what another one had in its hands, or
    // nobody, is lost with the group, unless that begins anew.
    const bool resumes = alone && !what.leases;
    what.on_loss = resumes ? group_loss::resume : group_loss::restart;
    what.gives_back = !resumes;
    if (chance.percent(50)) what.max_deliveries = chance.number(1, 6);
    if (!what.leases) return what;
    // Fast hearts cost the most, and show little that others do not.
    const bool fast = chance.percent(20);
    what.heartbeat = milliseconds(fast ? chance.between(50, 200) : chance.between(200, 2'000));
    what.claim_timeout = what.heartbeat * chance.number(2, 6) + jitter;
    const auto short_lease = what.claim_timeout * chance.number(1, 8);
    what.max_lease = chance.percent(50) ? milliseconds(3'600'000) : short_lease;
    what.remove_after = milliseconds(chance.percent(50) ? 3'600'000 : chance.between(500, 4'000));
    return what;
  }

  void apply_to(group& membership) const {
    membership.on_loss(on_loss);
    if (max_deliveries > 0) membership.max_deliveries(max_deliveries);
    if (!leases) return;
    membership.heartbeat(heartbeat).claim_timeout(claim_timeout);
    membership.max_lease(max_lease).remove_members_after(remove_after);
  }
};

}  // namespace sluice::simulation
