// One connection through a proxy: two sockets and a lane each way.
#pragma once

#include "testing/lane.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string_view>

namespace sluice::testing {

using stream_socket = boost::asio::generic::stream_protocol::socket;
using stream_endpoint = boost::asio::generic::stream_protocol::endpoint;

/// Drives the lanes of one connection. Everything happens on the executor of the client's socket;
/// the running operations keep the object alive.
class proxy_connection : public std::enable_shared_from_this<proxy_connection> {
 public:
  /// The plans must outlive it.
  proxy_connection(stream_socket client, fault_plan& requests, fault_plan& replies);

  /// Connects to the server and passes bytes both ways until both sides are done.
  /// @param over called once when the connection has ended, however that came.
  void run(const stream_endpoint& server, std::function<void()> over);

  /// Reads what the client sends into nowhere until it goes.
  void swallow(std::function<void()> over);

  /// Looks at the plans again, as they have changed.
  void wake();

  /// Ends the connection now.
  void end(cut how);

  /// Ends one direction now.
  void half_close(bool replies);

  /// Lets bytes pass between two frames.
  void inject(bool replies, std::string_view bytes);

 private:
  /// A lane with its two ends. The timers are doorbells: cancelling one wakes who waits for it.
  struct direction {
    direction(stream_socket& from, stream_socket& to, fault_plan& plan);

    stream_socket& source;
    stream_socket& target;
    lane traffic;
    boost::asio::steady_timer changed;
    boost::asio::steady_timer room;
    bool done = false;
  };

  using keeper = std::shared_ptr<proxy_connection>;
  using task = boost::asio::awaitable<void>;

  static task serve(keeper self, stream_endpoint server);
  static task discard(keeper self);
  static task read(keeper self, direction& way);
  static task write(keeper self, direction& way);
  void start(task work);
  void finish(direction& way);

  stream_socket client_;
  stream_socket server_;
  direction requests_;
  direction replies_;
  std::function<void()> over_;
};

}  // namespace sluice::testing
