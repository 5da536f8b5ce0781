// Ends the publishers' threads before the execution context that they report to.
#pragma once

#include <boost/asio/execution_context.hpp>

#include <memory>
#include <vector>

namespace sluice::outbox {

class publisher_core;

/// A service of the execution context. Asio shuts it down before the scheduler, which takes nothing
/// from other threads any more once it is shut down itself.
class publisher_registry final : public boost::asio::execution_context::service {
 public:
  using key_type = publisher_registry;
  static boost::asio::execution_context::id id;

  explicit publisher_registry(boost::asio::execution_context& context) : service(context) {}
  /// Remembers a publisher, for as long as it lives.
  static void enlist(const std::shared_ptr<publisher_core>& made);

 private:
  void shutdown() override;

  std::vector<std::weak_ptr<publisher_core>> publishers_;
};

}  // namespace sluice::outbox
