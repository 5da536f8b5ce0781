#include "flow/run_registry.hpp"

#include "flow/run_state.hpp"

#include "sluice/flow/runtime.hpp"

#include <boost/asio/query.hpp>

#include <utility>

namespace sluice::flow {

boost::asio::execution_context::id run_registry::id;

void run_registry::enlist(const std::shared_ptr<runtime>& made,
                          const boost::asio::any_io_executor& executor) {
  auto& context = boost::asio::query(executor, boost::asio::execution::context);
  auto& known = boost::asio::use_service<run_registry>(context).runs_;
  std::erase_if(known, [](const auto& each) { return each.expired(); });
  known.push_back(made);
}

void run_registry::shutdown() {
  for (const auto& each : std::exchange(runs_, {})) {
    if (const auto living = each.lock()) living->abandon();
  }
}

}  // namespace sluice::flow
