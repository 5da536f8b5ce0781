#include "sluice/group/error_handlers.hpp"

#include "sluice/core/error.hpp"

namespace sluice {

verdict verdict::nack(std::chrono::milliseconds delay) {
  if (delay.count() < 0) throw error(errc::invalid_argument, "a delay cannot be negative");
  verdict made(kind::nack);
  made.delay_ = delay;
  return made;
}

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
