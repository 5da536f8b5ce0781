// Asking a server that may be away, and waiting until it is back.
#pragma once

#include "group/gate.hpp"
#include "redis/client_access.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace sluice {

/// Tries again what time alone will mend, with pauses that grow, until it is told to end.
class patience {
 public:
  explicit patience(client redis)
      : redis_(std::move(redis)), change_(std::make_shared<gate>(client_access::link(redis_))) {}

  const client& redis() const noexcept { return redis_; }
  /// Executes a command that may be repeated. Throws what time will not mend; the last error when
  /// it was told to end, 5 s after that at the latest.
  boost::asio::awaitable<reply> exec(command what);
  /// Waits for a step that the server finishes whatever becomes of the waiting, and passes over its
  /// error; at most 5 s more when it is told to end. Throws `error` with `errc::cancelled`.
  boost::asio::awaitable<void> see_through(boost::asio::awaitable<void> step);
  /// A pause after so many failures in a row, which it counts.
  boost::asio::awaitable<void> rest(std::uint32_t& failures);
  /// A pause of a given time; it ends when it is told to, and with the client. Throws `error` with
  /// `errc::cancelled`.
  boost::asio::awaitable<void> rest_for(clock::duration time);
  /// Ends all pauses, also those to come, until `begin_again`.
  void end() noexcept;
  void begin_again() noexcept { ended_ = false; }
  bool ended() const noexcept { return ended_; }

 private:
  client redis_;
  std::shared_ptr<gate> change_;
  bool ended_ = false;
};

}  // namespace sluice
