// A place where coroutines wait for a change.
#pragma once

#include "redis/connection.hpp"

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace sluice {

/// Everybody who waits goes on when it is opened, and then looks again. A cancelled wait ends, too,
/// without an error. The end of the client opens it as well: no timer rings from then on. It must
/// outlive the waits.
class gate final : private link_observer {
 public:
  explicit gate(connection& link) : link_(link) { link_.observe(*this); }
  gate(const gate&) = delete;
  gate& operator=(const gate&) = delete;
  ~gate() { link_.forget(*this); }

  /// Until it is opened, or the time has come.
  boost::asio::awaitable<void> wait(clock::time_point limit = clock::time_point::max());
  void open();

 private:
  class visit;

  void on_link_closed() override { open(); }

  connection& link_;
  std::vector<visit*> visits_;
};

}  // namespace sluice
