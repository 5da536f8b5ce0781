// Lets objects be destroyed in any order: when the execution context goes first, its connections
// give back their sockets, timers and suspended coroutines while that is still possible.
#pragma once

#include <boost/asio/execution_context.hpp>

#include <memory>
#include <vector>

namespace sluice {

class connection;

/// A service of the execution context; Asio shuts it down before it destroys anything.
class connection_registry final : public boost::asio::execution_context::service {
 public:
  using key_type = connection_registry;
  static boost::asio::execution_context::id id;

  explicit connection_registry(boost::asio::execution_context& context);
  /// Remembers a connection, for as long as it lives.
  static void enlist(const std::shared_ptr<connection>& made);

 private:
  void shutdown() override;

  std::vector<std::weak_ptr<connection>> connections_;
};

}  // namespace sluice
