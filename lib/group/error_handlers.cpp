#include "sluice/group/error_handlers.hpp"

namespace sluice {

std::optional<verdict> error_handlers::judge(const std::exception_ptr& failure,
                                             const delivery& which) const {
  const rule* best = nullptr;
  for (const auto& each : rules_) {
    if (!each.applies(failure)) continue;
    if (best == nullptr || best->catches_pointer(each.throw_pointer)) best = &each;
  }
  if (best == nullptr) return std::nullopt;
  return best->judge(failure, which);
}

}  // namespace sluice
