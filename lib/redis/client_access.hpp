// How the library's own floors reach the connection behind a client.
#pragma once

#include "redis/connection.hpp"

#include "sluice/redis/client.hpp"

#include <memory>

namespace sluice {

struct client::handle {
  explicit handle(std::shared_ptr<connection> shared) : link(std::move(shared)) {}
  handle(const handle&) = delete;
  handle& operator=(const handle&) = delete;
  ~handle() { link->stop(); }

  std::shared_ptr<connection> link;
};

struct client_access {
  static connection& link(const client& of) noexcept { return *of.handle_->link; }
  static std::shared_ptr<connection> shared_link(const client& of) { return of.handle_->link; }
  /// A client over a connection of one's own making, such as one with simulated transports.
  static client make(std::shared_ptr<connection> link) { return client(std::move(link)); }
};

}  // namespace sluice
