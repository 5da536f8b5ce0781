// Waiting for a descriptor that other programs share.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace sluice::cli {

/// Tells when a descriptor can be read or written, and leaves the descriptor as it is.
///
/// Asio would set O_NONBLOCK, which belongs to the open file and not to the descriptor: on a
/// terminal it would reach the shell and every other program there. So an epoll instance watches
/// the descriptor, and Asio watches the epoll instance, which is ours alone.
class readiness {
 public:
  enum class kind { readable, writable, abandoned };

  /// `abandoned`: nobody is left at the other end. The descriptor stays the caller's.
  readiness(const boost::asio::any_io_executor& executor, int descriptor, kind what);

  /// False for a regular file or /dev/null: it never waits, and nobody ever leaves.
  bool can_wait() const noexcept { return can_wait_; }
  /// Completes when it is so, after one turn where it cannot wait; false once `stop` was called.
  boost::asio::awaitable<bool> wait();
  void stop();

 private:
  boost::asio::posix::stream_descriptor watch_;
  bool can_wait_ = false;
  bool stopped_ = false;
};

}  // namespace sluice::cli
