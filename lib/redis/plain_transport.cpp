#include "redis/plain_transport.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice {
namespace {

constexpr std::size_t most_pieces = 16;

error broken(const boost::system::error_code& failure, const connection_options& options) {
  if (failure == boost::asio::error::eof) {
    return error(errc::connection_lost, options.address() + ": the server closed the connection");
  }
  return error(errc::connection_lost,
               options.address() + ": the connection broke: " + failure.message());
}

}  // namespace

struct plain_transport::link : std::enable_shared_from_this<link> {
  link(const boost::asio::any_io_executor& executor, const connection_options& opts, clock& time,
       listener& heard)
      : socket(executor),
        options(opts),
        dial(std::make_shared<dialer>(socket, opts, time)),
        hears(&heard) {}

  void breaks(const boost::system::error_code& failure) {
    if (hears != nullptr) std::exchange(hears, nullptr)->on_broken(broken(failure, options));
  }

  void wait_until_writable() {
    waits = true;
    socket.async_wait(boost::asio::socket_base::wait_write,
                      [self = shared_from_this()](const boost::system::error_code& failure) {
                        self->waits = false;
                        if (failure) return self->breaks(failure);
                        if (self->hears != nullptr) self->hears->on_writable();
                      });
  }

  stream_socket socket;
  connection_options options;
  std::shared_ptr<dialer> dial;
  listener* hears;
  bool waits = false;
};

plain_transport::plain_transport(const boost::asio::any_io_executor& executor,
                                 const connection_options& options, clock& time, listener& listener)
    : link_(std::make_shared<link>(executor, options, time, listener)) {}

plain_transport::~plain_transport() { close(); }

void plain_transport::connect() {
  link_->dial->dial([self = link_](const boost::system::error_code& failure) {
    if (self->hears == nullptr) return;
    if (!failure) return self->hears->on_connected();
    std::exchange(self->hears, nullptr)->on_broken(connect_error(failure, self->options));
  });
}

void plain_transport::read(std::span<char> space) {
  link_->socket.async_read_some(
      boost::asio::buffer(space.data(), space.size()),
      [self = link_](const boost::system::error_code& failure, std::size_t bytes) {
        if (failure) return self->breaks(failure);
        if (self->hears != nullptr) self->hears->on_read(bytes);
      });
}

std::size_t plain_transport::write(std::span<const std::string_view> pieces) {
  if (link_->waits) return 0;
  std::array<boost::asio::const_buffer, most_pieces> buffers;
  const auto count = std::min(pieces.size(), most_pieces);
  std::size_t total = 0;
  for (std::size_t i = 0; i < count; ++i) {
    buffers[i] = boost::asio::buffer(pieces[i].data(), pieces[i].size());
    total += pieces[i].size();
  }
  boost::system::error_code failure;
  const auto taken = link_->socket.write_some(
      std::span<const boost::asio::const_buffer>(buffers.data(), count), failure);
  // A broken socket says so to the waiting read as well, which reports it.
  if (taken < total) link_->wait_until_writable();
  return failure ? 0 : taken;
}

void plain_transport::close() noexcept {
  link_->hears = nullptr;
  link_->dial->cancel();
  boost::system::error_code ignored;
  link_->socket.close(ignored);
}

}  // namespace sluice
