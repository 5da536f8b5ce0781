// Lines of standard input or of a file, without stopping everything else.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace sluice::cli {

/// Reads a pipe or terminal through the reactor; a regular file, which never waits, directly.
class line_source {
 public:
  /// Takes over the descriptor.
  line_source(boost::asio::any_io_executor executor, int descriptor);

  /// The next line without its end; empty at the end of the input, or after `stop`.
  /// Throws `std::length_error` for a line of more than 16 MiB.
  boost::asio::awaitable<std::optional<std::string>> next();
  void stop();
  /// How many lines were given out.
  std::size_t number() const noexcept { return number_; }

 private:
  boost::asio::awaitable<bool> read_more();

  boost::asio::posix::stream_descriptor input_;
  int file_ = -1;  // a regular file, which the reactor refuses
  std::string buffer_;
  std::size_t number_ = 0;
  bool ended_ = false;
};

}  // namespace sluice::cli
