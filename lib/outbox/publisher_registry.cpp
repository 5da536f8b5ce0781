#include "outbox/publisher_registry.hpp"

#include "outbox/publisher_core.hpp"

#include <boost/asio/query.hpp>

#include <utility>

namespace sluice::outbox {

boost::asio::execution_context::id publisher_registry::id;

void publisher_registry::enlist(const std::shared_ptr<publisher_core>& made) {
  auto& context = boost::asio::query(made->link().executor(), boost::asio::execution::context);
  auto& known = boost::asio::use_service<publisher_registry>(context).publishers_;
  std::erase_if(known, [](const auto& each) { return each.expired(); });
  known.push_back(made);
}

void publisher_registry::shutdown() {
  for (const auto& each : std::exchange(publishers_, {})) {
    if (const auto living = each.lock()) living->finish_sql();
  }
}

}  // namespace sluice::outbox
