#include "sluice/topic/error_handlers.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

void error_handlers::insert(handler fresh) {
  // Before the first base, or the first of the same type. What is derived from it stands before all
  // of its bases, and these are bases of that as well.
  const auto place = std::find_if(handlers_.begin(), handlers_.end(), [&](const handler& each) {
    return each.catches(fresh.throw_pointer);
  });
  handlers_.insert(place, std::move(fresh));
}

std::optional<verdict> error_handlers::judge(const std::exception_ptr& thrown,
                                             const delivery& what) const {
  for (const auto& each : handlers_) {
    if (const auto found = each.judge(thrown, what)) return found;
  }
  return std::nullopt;
}

}  // namespace sluice
