#include "testing/proxy_connection.hpp"

#include <sluice/core/clock.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <exception>
#include <utility>
#include <vector>

namespace sluice::testing {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t read_size = std::size_t{64} * 1024;

clock::time_point now() { return system_clock()->now(); }

/// Pieces that the plan cuts small would otherwise be glued together again by Nagle's algorithm.
void send_at_once(stream_socket& socket) {
  error_code ignored;  // a Unix socket has no such option
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
}

/// A kernel answers unread bytes with a reset when their socket is closed.
void read_away(stream_socket& socket) {
  error_code failure;
  std::array<char, 4096> nowhere;
  socket.non_blocking(true, failure);
  while (!failure) socket.read_some(asio::buffer(nowhere), failure);
}

void close_socket(stream_socket& socket, cut how) {
  error_code ignored;
  if (how == cut::reset) {
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
  } else {
    read_away(socket);
    socket.shutdown(asio::socket_base::shutdown_both, ignored);
  }
  socket.close(ignored);
}

}  // namespace

proxy_connection::direction::direction(stream_socket& from, stream_socket& to, fault_plan& plan)
    : source(from),
      target(to),
      traffic(plan),
      changed(from.get_executor()),
      room(from.get_executor()) {}

proxy_connection::proxy_connection(stream_socket client, fault_plan& requests, fault_plan& replies)
    : client_(std::move(client)),
      server_(client_.get_executor()),
      requests_(client_, server_, requests),
      replies_(server_, client_, replies) {
  send_at_once(client_);
}

void proxy_connection::run(const stream_endpoint& server, std::function<void()> over) {
  over_ = std::move(over);
  start(serve(shared_from_this(), server));
}

void proxy_connection::swallow(std::function<void()> over) {
  over_ = std::move(over);
  start(discard(shared_from_this()));
}

void proxy_connection::wake() {
  requests_.changed.cancel();
  requests_.room.cancel();
  replies_.changed.cancel();
  replies_.room.cancel();
}

void proxy_connection::end(cut how) {
  if (!client_.is_open()) return;
  close_socket(client_, how);
  // Towards the server always in good order: what has passed shall be executed.
  if (server_.is_open()) close_socket(server_, cut::close);
  wake();
  if (over_) std::exchange(over_, nullptr)();
}

void proxy_connection::half_close(bool replies) {
  direction& way = replies ? replies_ : requests_;
  error_code ignored;
  way.target.shutdown(asio::socket_base::shutdown_send, ignored);
  finish(way);
}

void proxy_connection::inject(bool replies, std::string_view bytes) {
  direction& way = replies ? replies_ : requests_;
  way.traffic.inject(bytes);
  way.changed.cancel();
}

void proxy_connection::start(task work) {
  // Only a failed allocation can get here, and a proxy that forgot bytes would make tests lie.
  const auto end_loudly = [](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
  };
  asio::co_spawn(client_.get_executor(), std::move(work), end_loudly);
}

/// Marks a direction as closed; the connection is over when both are.
void proxy_connection::finish(direction& way) {
  way.done = true;
  way.changed.cancel();
  if (requests_.done && replies_.done) end(cut::close);
}

proxy_connection::task proxy_connection::serve(keeper self, stream_endpoint server) {
  auto [failure] = co_await self->server_.async_connect(server, as_result);
  if (failure || !self->client_.is_open()) {
    self->end(cut::reset);
    co_return;
  }
  send_at_once(self->server_);
  self->start(read(self, self->requests_));
  self->start(write(self, self->requests_));
  self->start(read(self, self->replies_));
  self->start(write(self, self->replies_));
}

proxy_connection::task proxy_connection::discard(keeper self) {
  std::vector<char> nowhere(read_size);
  for (bool open = true; open;) {
    auto [failure, count] =
        co_await self->client_.async_read_some(asio::buffer(nowhere), as_result);
    open = !failure;
  }
  self->end(cut::close);
}

proxy_connection::task proxy_connection::read(keeper self, direction& way) {
  std::vector<char> buffer(read_size);
  error_code failure;
  for (;;) {
    while (way.traffic.full() && self->client_.is_open()) {
      way.room.expires_at(asio::steady_timer::time_point::max());
      co_await way.room.async_wait(as_result);
    }
    auto [failed, count] = co_await way.source.async_read_some(asio::buffer(buffer), as_result);
    failure = failed;
    if (failure) break;
    way.traffic.receive(std::string_view(buffer.data(), count), now());
    way.changed.cancel();
  }
  way.traffic.finish(failure == asio::error::eof ? cut::close : cut::reset, now());
  way.changed.cancel();
}

proxy_connection::task proxy_connection::write(keeper self, direction& way) {
  error_code failure;
  while (!failure && !way.done && self->client_.is_open()) {
    const lane::step step = way.traffic.next(now());
    switch (step.what) {
      case lane::step::kind::send: {
        auto [failed, count] =
            co_await asio::async_write(way.target, asio::buffer(step.bytes), as_result);
        failure = failed;
        way.room.cancel();
        break;
      }
      case lane::step::kind::idle:
      case lane::step::kind::wait: {
        const bool idle = step.what == lane::step::kind::idle;
        way.changed.expires_at(idle ? asio::steady_timer::time_point::max() : step.until);
        co_await way.changed.async_wait(as_result);
        break;
      }
      case lane::step::kind::half_close:
        way.target.shutdown(asio::socket_base::shutdown_send, failure);
        self->finish(way);
        co_return;
      case lane::step::kind::close:
      case lane::step::kind::reset:
        self->end(step.what == lane::step::kind::close ? cut::close : cut::reset);
        co_return;
    }
  }
  if (failure) self->end(cut::reset);
}

}  // namespace sluice::testing
