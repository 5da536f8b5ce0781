// Where received bytes land, and which of them have not been understood yet.
#pragma once

#include "sluice/core/buffer_ref.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace sluice {

/// A window over blocks that replies and entries share. A block is used again once nobody refers to
/// it; a reply that does not fit moves to a larger one.
class receive_window {
 public:
  /// Where the next bytes go; never empty.
  std::span<char> space();
  void received(std::size_t bytes) noexcept { filled_ += bytes; }
  std::string_view unparsed() const noexcept {
    return buffer_ ? std::string_view(buffer_.get()->data() + parsed_, filled_ - parsed_)
                   : std::string_view();
  }
  void parsed(std::size_t bytes) noexcept { parsed_ += bytes; }
  /// What keeps the bytes of `unparsed()` alive.
  const buffer_ref& bytes() const noexcept { return buffer_; }
  /// Starts over for a new link.
  void clear() noexcept { *this = receive_window(); }

 private:
  buffer_ref buffer_;
  std::size_t parsed_ = 0;
  std::size_t filled_ = 0;
};

}  // namespace sluice
