#include "testing/proxy_listener.hpp"

#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address_v4.hpp>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

namespace sluice::testing {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

template <class Socket>
void share_port(Socket& socket) {
  const int on = 1;
  if (::setsockopt(socket.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot share a port");
  }
}

}  // namespace

proxy_listener::proxy_listener(asio::io_context& io, handler accepted)
    : io_(io),
      accepted_(std::move(accepted)),
      address_(asio::ip::address_v4::loopback(), 0),
      reservation_(io),
      tcp_(io),
      unix_(io),
      retry_(io) {
  // A socket that is bound and does not listen keeps the port ours while clients are refused.
  reservation_.open(tcp::v4());
  share_port(reservation_);
  reservation_.bind(address_);
  address_ = reservation_.local_endpoint();
  open();
}

void proxy_listener::open() {
  // Listening anew would reset who is waiting to be accepted.
  if (std::exchange(open_, true)) return;
  shut_sockets();
  listen_tcp(asio::socket_base::max_listen_connections);
  listen_unix();
  accept_from(tcp_);
  accept_from(unix_);
}

void proxy_listener::shut() {
  open_ = false;
  shut_sockets();
}

void proxy_listener::shut_sockets() {
  error_code ignored;
  retry_.cancel();
  tcp_.close(ignored);
  unix_.close(ignored);  // its file stays, so that connecting is refused and not a missing file
  fillers_.clear();
}

void proxy_listener::stall() {
  shut();
  // With its queue of unaccepted connections full, Linux drops every further SYN. A backlog of 0
  // has room for one connection; the others make sure of it.
  listen_tcp(0);
  listen_unix();
  for (int filler = 0; filler < 3; ++filler) {
    tcp::socket socket(io_, tcp::v4());
    socket.native_non_blocking(true);
    // Asio's own connect() waits for the outcome even so. Here none is wanted.
    (void)::connect(socket.native_handle(), address_.data(),
                    static_cast<::socklen_t>(address_.size()));
    fillers_.push_back(std::move(socket));
  }
}

void proxy_listener::close() {
  error_code ignored;
  shut();
  reservation_.close(ignored);
}

void proxy_listener::listen_tcp(int backlog) {
  tcp_.open(tcp::v4());
  tcp_.set_option(asio::socket_base::reuse_address(true));
  share_port(tcp_);
  tcp_.bind(address_);
  tcp_.listen(backlog);
}

void proxy_listener::listen_unix() {
  std::filesystem::remove(path());
  unix_.open();
  unix_.bind(local::endpoint(path().string()));
  unix_.listen();
}

template <class Acceptor>
void proxy_listener::accept_from(Acceptor& acceptor) {
  acceptor.async_accept([this, &acceptor](const error_code& failure, auto socket) {
    if (!acceptor.is_open()) return;
    if (!failure) {
      accepted_(stream_socket(std::move(socket)));
      return accept_from(acceptor);
    }
    if (failure == asio::error::operation_aborted) return;
    // Out of descriptors, most likely: the client still waits, so asking at once would spin.
    retry_.expires_after(std::chrono::milliseconds(10));
    retry_.async_wait([this, &acceptor](const error_code& ended) {
      if (!ended && acceptor.is_open()) accept_from(acceptor);
    });
  });
}

}  // namespace sluice::testing
