// Lines for standard output, and the knowledge of how many of them went out whole.
#pragma once

#include "cli/readiness.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

class line_sink {
 public:
  /// The descriptor stays the caller's.
  line_sink(const boost::asio::any_io_executor& executor, int descriptor);
  line_sink(const line_sink&) = delete;
  line_sink& operator=(const line_sink&) = delete;
  ~line_sink() { reader_gone_->stop(); }

  /// Writes lines, each with its LF, and gives how many of them the descriptor took whole: fewer
  /// than all only when its reader has gone, or stood still too long after `stop`.
  /// Throws `failure` for every other trouble, such as a full disk.
  boost::asio::awaitable<std::size_t> write(std::vector<std::string> lines);
  /// Calls `act` when the reader has gone, also while there is nothing to write; not after `stop`,
  /// nor when this object is gone. One that never waits, such as a file, has no reader.
  void when_abandoned(std::function<void()> act);
  bool abandoned() const noexcept { return abandoned_; }
  /// Gives a reader who stands still two seconds to take what is being written.
  void stop();

 private:
  boost::asio::awaitable<std::size_t> write_bytes(std::string_view bytes);

  std::shared_ptr<readiness> writable_;
  std::shared_ptr<readiness> reader_gone_;
  boost::asio::steady_timer patience_;
  int descriptor_;
  bool terminal_;
  bool abandoned_ = false;
};

}  // namespace sluice::cli
