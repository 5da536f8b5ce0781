// The bytes of all commands whose reply is outstanding: written and unwritten ones.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string_view>

namespace sluice {

/// A queue of bytes in blocks that never move, so that a write in progress stays valid while more
/// is appended. Bytes stay after they were written, until released: what was sent on a broken link
/// can be sent again.
class out_log {
 public:
  /// Adds bytes at the end: all of them or, for want of memory, none.
  void append(std::string_view bytes);
  /// Fills `pieces` with unwritten bytes from the first on; returns how many pieces it used.
  std::size_t gather(std::span<std::string_view> pieces) const;
  /// The transport took this many of the unwritten bytes.
  void written(std::size_t bytes) noexcept { written_ += bytes; }
  /// Nothing counts as written any more: there is a new link.
  void rewind() noexcept { written_ = begin_; }
  /// Forgets bytes at the front, which must have been written.
  void release(std::size_t bytes) noexcept;
  /// Some of the bytes at the front, enough to read a command's name in most cases.
  std::string_view first_piece() const;
  /// The bytes at [offset, offset + size) from the front, for copying into a new log.
  void copy_to(out_log& other, std::size_t offset, std::size_t size) const;

  /// All bytes held.
  std::size_t size() const noexcept { return end_ - begin_; }
  /// Bytes at the front that the transport took.
  std::size_t written_size() const noexcept { return written_ - begin_; }
  bool all_written() const noexcept { return written_ == end_; }

 private:
  static constexpr std::size_t block_size = std::size_t{32} << 10U;
  using block = std::unique_ptr<char[]>;

  // Offsets count from the first byte of blocks_.front().
  template <class Take>
  void walk(std::size_t from, std::size_t to, Take&& take) const;

  std::deque<block> blocks_;
  block spare_;
  std::size_t begin_ = 0;
  std::size_t written_ = 0;
  std::size_t end_ = 0;
};

}  // namespace sluice
