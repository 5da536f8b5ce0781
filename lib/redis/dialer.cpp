#include "redis/dialer.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <utility>

namespace sluice {

error connect_error(const boost::system::error_code& failure, const connection_options& options) {
  namespace net = boost::asio::error;
  const auto say = [&](errc code, const char* text) {
    return error(code, options.address() + ": " + text);
  };
  if (failure == net::connection_refused) {
    return say(errc::connection_refused, "connection refused: is the server running there?");
  }
  if (failure == boost::system::errc::no_such_file_or_directory) {
    return say(errc::connection_refused, "no such socket: is the server running?");
  }
  if (failure == boost::system::errc::permission_denied) {
    return say(errc::connection_refused, "this process may not open the socket");
  }
  if (failure == net::host_not_found || failure == net::host_not_found_try_again ||
      failure == net::no_data || failure == net::service_not_found) {
    return say(errc::name_not_found, "the host name does not resolve");
  }
  if (failure == net::host_unreachable || failure == net::network_unreachable ||
      failure == net::network_down ||
      failure == boost::system::error_code(EHOSTDOWN, net::get_system_category())) {
    return say(errc::host_unreachable, "there is no way to the host");
  }
  if (failure == net::timed_out) {
    return say(errc::connect_timeout, "no answer to the attempt to connect");
  }
  // What is left is this machine's trouble and passes: no descriptors, no memory, no free port.
  return error(errc::connection_lost, options.address() + ": cannot connect: " + failure.message());
}

dialer::dialer(stream_socket& socket, const connection_options& options, clock& time)
    : socket_(socket),
      options_(options),
      time_(time),
      resolver_(socket.get_executor()),
      alarm_(time.make_alarm(socket.get_executor())) {}

void dialer::dial(handler done) {
  if (options_.kind() != connection_options::scheme::unix_socket) {
    done_ = std::move(done);
    return resolve();
  }
  std::vector<endpoint> path;
  boost::system::error_code failure = boost::asio::error::host_not_found;
  // A path that does not fit the kernel's structure throws; it becomes the attempt's failure.
  try {
    path.emplace_back(boost::asio::local::stream_protocol::endpoint(options_.path()));
  } catch (const boost::system::system_error& too_long) {
    failure = too_long.code();
  }
  dial(std::move(path), std::move(done), failure);
}

void dialer::dial(std::vector<endpoint> addresses, handler done,
                  boost::system::error_code if_none) {
  done_ = std::move(done);
  addresses_ = std::move(addresses);
  // Never from inside this call.
  if (addresses_.empty()) {
    boost::asio::post(socket_.get_executor(),
                      [self = shared_from_this(), if_none] { self->finish(if_none); });
    return;
  }
  try_next({});
}

void dialer::resolve() {
  resolver_.async_resolve(
      options_.host(), std::to_string(options_.port()),
      boost::asio::ip::tcp::resolver::numeric_service,
      [self = shared_from_this()](const boost::system::error_code& failure,
                                  const boost::asio::ip::tcp::resolver::results_type& found) {
        if (failure) return self->finish(failure);
        if (!self->done_) return;
        std::vector<endpoint> addresses;
        for (const auto& each : found) addresses.emplace_back(each.endpoint());
        self->dial(std::move(addresses), std::move(self->done_),
                   boost::asio::error::host_not_found);
      });
}

void dialer::try_next(const boost::system::error_code& last) {
  if (!done_) return;
  if (next_ == addresses_.size()) return finish(last);
  const auto share = options_.connect_timeout() / static_cast<int>(addresses_.size());
  const auto& address = addresses_[next_++];
  const auto attempt = ++attempt_;
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (next_ < addresses_.size()) {
    alarm_->set(time_.now() + share, [self = weak_from_this(), attempt] {
      const auto dialing = self.lock();
      if (!dialing || dialing->attempt_ != attempt) return;
      dialing->try_next(boost::asio::error::timed_out);
    });
  }
  socket_.async_connect(
      address, [self = shared_from_this(), attempt](const boost::system::error_code& failure) {
        if (self->attempt_ != attempt) return;
        if (failure) return self->try_next(failure);
        self->tune();
        self->finish({});
      });
}

void dialer::finish(const boost::system::error_code& result) {
  alarm_->cancel();
  ++attempt_;
  if (auto done = std::exchange(done_, nullptr)) done(result);
}

void dialer::cancel() noexcept {
  done_ = nullptr;
  ++attempt_;
  alarm_->cancel();
  resolver_.cancel();
}

void dialer::tune() {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  if (options_.kind() == connection_options::scheme::unix_socket) return;
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(boost::asio::socket_base::keep_alive(true), ignored);
  // RFC 5482: without it the kernel retransmits unacknowledged bytes for a quarter of an hour
  // before it calls the link dead.
  const auto patience = options_.health_check() + options_.health_timeout();
  if (patience.count() > 0) {
    const auto limit = static_cast<unsigned>(patience.count());
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof(limit));
  }
}

}  // namespace sluice
