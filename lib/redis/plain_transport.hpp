// TCP and Unix domain sockets.
#pragma once

#include "redis/dialer.hpp"
#include "redis/transport.hpp"

#include <memory>

namespace sluice {

/// Writes with one system call at once, without a trip through the reactor unless the kernel's
/// buffer is full.
class plain_transport final : public transport {
 public:
  plain_transport(const boost::asio::any_io_executor& executor, const connection_options& options,
                  clock& time, listener& listener);
  ~plain_transport() override;

  void connect() override;
  void read(std::span<char> space) override;
  std::size_t write(std::span<const std::string_view> pieces) override;
  void close() noexcept override;

 private:
  // Outlives the transport while the kernel's answers to its last operations are on their way.
  struct link;
  std::shared_ptr<link> link_;
};

}  // namespace sluice
