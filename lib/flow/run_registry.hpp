// Ends the runs of pipelines when the execution context goes first.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>

#include <memory>
#include <vector>

namespace sluice::flow {

class runtime;

/// A service of the execution context; Asio shuts it down before it destroys anything.
class run_registry final : public boost::asio::execution_context::service {
 public:
  using key_type = run_registry;
  static boost::asio::execution_context::id id;

  explicit run_registry(boost::asio::execution_context& context) : service(context) {}
  /// Remembers a run, for as long as it lasts.
  static void enlist(const std::shared_ptr<runtime>& made,
                     const boost::asio::any_io_executor& executor);

 private:
  void shutdown() override;

  std::vector<std::weak_ptr<runtime>> runs_;
};

}  // namespace sluice::flow
