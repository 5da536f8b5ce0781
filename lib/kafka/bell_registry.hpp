// Takes the bells down before the execution context that they ring in.
#pragma once

#include <boost/asio/execution_context.hpp>

#include <memory>
#include <vector>

namespace sluice::kafka {

class bell;

/// A service of the execution context; Asio shuts it down before it destroys anything.
class bell_registry final : public boost::asio::execution_context::service {
 public:
  using key_type = bell_registry;
  static boost::asio::execution_context::id id;

  explicit bell_registry(boost::asio::execution_context& context) : service(context) {}
  /// Remembers a bell, for as long as it lives.
  static void enlist(boost::asio::execution_context& context, const std::shared_ptr<bell>& made);

 private:
  void shutdown() override;

  std::vector<std::weak_ptr<bell>> bells_;
};

}  // namespace sluice::kafka
