// A stream of bytes to the server, whatever carries it.
#pragma once

#include "sluice/core/clock.hpp"
#include "sluice/core/error.hpp"
#include "sluice/redis/options.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace sluice {

/// One link, from the attempt to connect to its end. After `close()` the listener hears nothing.
class transport {
 public:
  /// Called on the executor, never from inside a call of the transport. Each call may close and
  /// destroy the transport.
  class listener {
   public:
    virtual void on_connected() = 0;
    /// Bytes have arrived in the space given to `read`.
    virtual void on_read(std::size_t bytes) = 0;
    /// `write` takes bytes again.
    virtual void on_writable() = 0;
    /// The attempt failed or the link broke; nothing follows.
    virtual void on_broken(const error& why) = 0;

   protected:
    ~listener() = default;
  };

  transport() = default;
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;
  virtual ~transport() = default;

  /// Begins to connect. Once in its life.
  virtual void connect() = 0;
  /// Reads at least one byte into `space`, which must stay valid until `on_read` or `close()`. One
  /// read at a time.
  virtual void read(std::span<char> space) = 0;
  /// Takes what it can at once and returns how many bytes; less than all means that `on_writable`
  /// follows. The pieces need not outlive the call.
  virtual std::size_t write(std::span<const std::string_view> pieces) = 0;
  virtual void close() noexcept = 0;
};

/// Makes the transport that the options ask for.
std::unique_ptr<transport> make_socket_transport(boost::asio::any_io_executor executor,
                                                 const connection_options& options, clock& time,
                                                 transport::listener& listener);

/// Where transports come from; the simulation has another source.
using transport_factory = std::function<std::unique_ptr<transport>(
    boost::asio::any_io_executor, const connection_options&, clock&, transport::listener&)>;

}  // namespace sluice
