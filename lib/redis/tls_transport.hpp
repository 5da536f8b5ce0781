// TLS over TCP.
#pragma once

#include "redis/transport.hpp"

#include <memory>

namespace sluice {

/// Verifies the peer's certificate and name before a single byte of Redis is sent.
class tls_transport final : public transport {
 public:
  tls_transport(boost::asio::any_io_executor executor, const connection_options& options,
                clock& time, listener& listener);
  ~tls_transport() override;

  void connect() override;
  void read(std::span<char> space) override;
  std::size_t write(std::span<const std::string_view> pieces) override;
  void close() noexcept override;

 private:
  struct link;
  std::shared_ptr<link> link_;
};

}  // namespace sluice
