// Asking a server that may be away, and waiting until it is back.
#pragma once

#include "topic/pause.hpp"

#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>

namespace sluice {

/// Tries again what time alone will mend, with pauses that grow, until it is told to end.
class patience {
 public:
  explicit patience(client redis) : redis_(std::move(redis)) {}

  const client& redis() const noexcept { return redis_; }
  /// Executes a command that may be repeated. Throws what time will not mend; the last error when
  /// it was told to end.
  boost::asio::awaitable<reply> exec(command what);
  /// A pause after so many failures in a row, which it counts.
  boost::asio::awaitable<void> rest(std::uint32_t& failures);
  /// A pause of a given time.
  boost::asio::awaitable<void> rest_for(clock::duration time) { return pause_.wait(redis_, time); }
  void end() noexcept { pause_.end(); }
  void begin_again() noexcept { pause_.begin_again(); }
  bool ended() const noexcept { return pause_.ended(); }

 private:
  client redis_;
  pause pause_;
};

}  // namespace sluice
