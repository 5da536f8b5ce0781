// Letting time pass, on the client's clock, with somebody who may end it.
#pragma once

#include "redis/client_access.hpp"

#include <boost/asio/awaitable.hpp>

namespace sluice {

class nap;

/// One place where a coroutine pauses.
class pause {
 public:
  /// Completes after `time`, or once `end` was called, also before; or when the client is closed.
  /// Throws `error` with `errc::cancelled`. The pause must outlive it.
  boost::asio::awaitable<void> wait(client redis, clock::duration time);
  /// Ends the pause under way and all that follow, until `begin_again`.
  void end() noexcept;
  void begin_again() noexcept { ended_ = false; }
  bool ended() const noexcept { return ended_; }

 private:
  nap* under_way_ = nullptr;
  bool ended_ = false;
};

}  // namespace sluice
