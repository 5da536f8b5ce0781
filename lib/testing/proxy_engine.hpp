// A proxy's thread and all that lives on it.
#pragma once

#include "testing/fault_plan.hpp"
#include "testing/proxy_connection.hpp"
#include "testing/proxy_listener.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <future>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace sluice::testing {

/// What fault_proxy and fault_direction command.
class proxy_engine {
 public:
  explicit proxy_engine(stream_endpoint server);
  proxy_engine(const proxy_engine&) = delete;
  proxy_engine& operator=(const proxy_engine&) = delete;
  ~proxy_engine();

  /// Runs `command` with this object on its thread and returns what that returns. An exception
  /// comes back too.
  template <class Command>
  auto on_thread(Command command) {
    std::packaged_task<decltype(command(*this))()> task([&] { return command(*this); });
    auto outcome = task.get_future();
    boost::asio::post(io_, [&task] { task(); });
    return outcome.get();
  }

  std::uint16_t port() const noexcept { return listener_.port(); }
  std::filesystem::path path() const { return listener_.path(); }

  // The rest only on the engine's thread.

  fault_plan& plan(bool replies) noexcept { return replies ? replies_ : requests_; }
  proxy_listener& listener() noexcept { return listener_; }
  std::uint64_t accepted() const noexcept { return accepted_; }
  std::size_t open() const noexcept { return connections_.size(); }

  /// Whether new clients are swallowed.
  void swallow(bool on) noexcept { swallowing_ = on; }

  /// Lets every connection see a changed plan.
  void wake();

  /// Calls `action` with every open connection; it may end connections.
  template <class Action>
  void for_each(Action action) {
    const auto now_open = connections_;
    for (const auto& connection : now_open) action(*connection);
  }

 private:
  void accept(stream_socket client);

  stream_endpoint server_;
  fault_plan requests_;
  fault_plan replies_;
  std::set<std::shared_ptr<proxy_connection>> connections_;
  std::uint64_t accepted_ = 0;
  bool swallowing_ = false;
  // Destroyed in reverse: the context's leftovers may still look at what stands above it.
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  proxy_listener listener_;
  std::thread thread_;
};

}  // namespace sluice::testing
