// A file to which lines are appended; where that fails, none of them stays.
#pragma once

#include "sluice/flow/to_file.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

namespace sluice::flow {

/// Disks take their time: writing is left to a thread of its own.
class line_file {
 public:
  line_file(std::filesystem::path path, file_sync when);
  line_file(const line_file&) = delete;
  line_file& operator=(const line_file&) = delete;
  ~line_file();

  /// Appends text that ends with a line break.
  boost::asio::awaitable<void> append(std::string text);

 private:
  void open();
  void open_pipe();
  void claim();
  void cut_off_torn_line();
  std::int64_t size_now() const;
  void write_all(const std::string& text);
  bool undo();
  [[noreturn]] void undo_and_fail(const char* doing);
  [[noreturn]] void fail(const char* doing) const;

  std::filesystem::path path_;
  file_sync when_;
  int file_ = -1;
  bool regular_ = false;   // and not a device or a pipe, of which nothing can be taken back
  std::int64_t size_ = 0;  // of what is whole, while something is written
  bool has_rest_ = false;  // of a write that failed, behind what is whole
  boost::asio::thread_pool thread_{1};
};

}  // namespace sluice::flow
