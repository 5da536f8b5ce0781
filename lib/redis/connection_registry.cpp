#include "redis/connection_registry.hpp"

#include "redis/connection.hpp"

#include <boost/asio/query.hpp>

namespace sluice {

boost::asio::execution_context::id connection_registry::id;

connection_registry::connection_registry(boost::asio::execution_context& context)
    : service(context) {}

void connection_registry::enlist(const std::shared_ptr<connection>& made) {
  auto& context = boost::asio::query(made->executor(), boost::asio::execution::context);
  auto& known = boost::asio::use_service<connection_registry>(context).connections_;
  std::erase_if(known, [](const auto& each) { return each.expired(); });
  known.push_back(made);
}

void connection_registry::shutdown() {
  for (const auto& each : std::exchange(connections_, {})) {
    if (const auto living = each.lock()) living->abandon_context();
  }
}

}  // namespace sluice
