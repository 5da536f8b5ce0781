// A place where coroutines wait for a change.
#pragma once

#include "redis/connection.hpp"

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace sluice {

/// Everybody who waits goes on when it is opened, and then looks again. A cancelled wait ends, too,
/// without an error. It must outlive the waits.
class gate {
 public:
  explicit gate(connection& link) : link_(link) {}

  /// Until it is opened, or the time has come.
  boost::asio::awaitable<void> wait(clock::time_point limit = clock::time_point::max());
  void open();

 private:
  class visit;

  connection& link_;
  std::vector<visit*> visits_;
};

}  // namespace sluice
