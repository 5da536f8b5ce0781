// From an address to a connected socket.
#pragma once

#include "sluice/core/clock.hpp"
#include "sluice/core/error.hpp"
#include "sluice/redis/options.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace sluice {

/// A TCP or a Unix domain socket.
using stream_socket = boost::asio::generic::stream_protocol::socket;

/// Says in words what a failure to connect means, with the code that callers compare with.
error connect_error(const boost::system::error_code& failure, const connection_options& options);

/// Resolves the name and tries its addresses in order, each for its share of the connect deadline,
/// so that a dead first address leaves time for the second.
class dialer : public std::enable_shared_from_this<dialer> {
 public:
  using handler = std::function<void(const boost::system::error_code&)>;

  dialer(stream_socket& socket, const connection_options& options, clock& time);
  using endpoint = boost::asio::generic::stream_protocol::endpoint;

  /// Calls `done` once, unless cancelled.
  void dial(handler done);
  /// The same for addresses that are known; without any, the attempt fails with `if_none`.
  void dial(std::vector<endpoint> addresses, handler done, boost::system::error_code if_none);
  void cancel() noexcept;

 private:
  void resolve();
  void try_next(const boost::system::error_code& last);
  void finish(const boost::system::error_code& result);
  void tune();

  stream_socket& socket_;
  const connection_options& options_;
  clock& time_;
  boost::asio::ip::tcp::resolver resolver_;
  std::unique_ptr<clock::alarm> alarm_;
  std::vector<endpoint> addresses_;
  std::size_t next_ = 0;
  std::size_t attempt_ = 0;
  handler done_;
};

}  // namespace sluice
