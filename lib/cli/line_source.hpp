// Lines of standard input or of another descriptor, without stopping everything else.
#pragma once

#include "cli/readiness.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace sluice::cli {

/// A line without its LF.
class line {
 public:
  line(std::string text, std::size_t number, bool too_long)
      : text_(std::move(text)), number_(number), too_long_(too_long) {}

  /// The bytes as they are; empty when it is too long.
  const std::string& text() const noexcept { return text_; }
  /// 1 for the first.
  std::size_t number() const noexcept { return number_; }
  /// Of more than `line_source::longest` bytes, which were thrown away.
  bool too_long() const noexcept { return too_long_; }

 private:
  std::string text_;
  std::size_t number_;
  bool too_long_;
};

class line_source {
 public:
  static constexpr std::size_t longest = std::size_t{16} << 20U;

  /// The descriptor stays the caller's. Throws `failure` when it cannot be read.
  line_source(boost::asio::any_io_executor executor, int descriptor);

  /// The next line; empty at the end of the input, or after `stop`, which may leave lines unread.
  /// A last line needs no LF.
  boost::asio::awaitable<std::optional<line>> next();
  void stop();
  /// How many lines were given out.
  std::size_t count() const noexcept { return count_; }

 private:
  std::optional<line> take(std::size_t end);
  boost::asio::awaitable<void> read_more();

  readiness readable_;
  int descriptor_;
  std::string buffer_;
  std::size_t begin_ = 0;     // of the line that is looked for
  std::size_t searched_ = 0;  // there is no LF before
  std::size_t count_ = 0;
  bool skipping_ = false;  // what is too long already
  bool ended_ = false;
  bool stopped_ = false;
};

}  // namespace sluice::cli
