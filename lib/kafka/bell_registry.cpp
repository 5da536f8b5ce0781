#include "kafka/bell_registry.hpp"

#include "kafka/bell.hpp"

#include <utility>

namespace sluice::kafka {

boost::asio::execution_context::id bell_registry::id;

void bell_registry::enlist(boost::asio::execution_context& context,
                           const std::shared_ptr<bell>& made) {
  auto& known = boost::asio::use_service<bell_registry>(context).bells_;
  std::erase_if(known, [](const auto& each) { return each.expired(); });
  known.push_back(made);
}

void bell_registry::shutdown() {
  for (const auto& each : std::exchange(bells_, {})) {
    if (const auto living = each.lock()) living->end_context();
  }
}

}  // namespace sluice::kafka
