// Where clients come in: a TCP port and a Unix socket that can be shut in several ways.
#pragma once

#include "testing/proxy_connection.hpp"
#include "testing/temporary_directory.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

namespace sluice::testing {

/// Listens for a proxy's clients. Used on one thread.
class proxy_listener {
 public:
  using handler = std::function<void(stream_socket)>;

  /// Chooses a port and listens. `accepted` is called with every new client.
  proxy_listener(boost::asio::io_context& io, handler accepted);

  std::uint16_t port() const noexcept { return address_.port(); }
  std::filesystem::path path() const { return folder_.path() / "proxy.sock"; }

  /// Takes in clients.
  void open();

  /// Refuses clients. The port stays ours.
  void shut();

  /// Lets clients hang in the handshake.
  void stall();

  /// Ends for good.
  void close();

 private:
  using tcp = boost::asio::ip::tcp;
  using local = boost::asio::local::stream_protocol;

  void shut_sockets();
  void listen_tcp(int backlog);
  void listen_unix();
  template <class Acceptor>
  void accept_from(Acceptor& acceptor);

  boost::asio::io_context& io_;
  handler accepted_;
  temporary_directory folder_;
  bool open_ = false;
  tcp::endpoint address_;
  tcp::socket reservation_;
  tcp::acceptor tcp_;
  local::acceptor unix_;
  boost::asio::steady_timer retry_;
  std::vector<tcp::socket> fillers_;
};

}  // namespace sluice::testing
