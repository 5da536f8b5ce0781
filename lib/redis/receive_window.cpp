#include "redis/receive_window.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice {
namespace {

constexpr std::size_t block_size = std::size_t{64} << 10U;
constexpr std::size_t least_space = std::size_t{4} << 10U;

}  // namespace

std::span<char> receive_window::space() {
  const auto rest = unparsed();
  if (buffer_ && rest.empty() && buffer_.get()->sole_owner() &&
      buffer_.get()->capacity() == block_size) {
    parsed_ = filled_ = 0;
  }
  if (!buffer_ || buffer_.get()->capacity() - filled_ < least_space) {
    // Room grows with the bytes that came, never with a length that the peer merely declares.
    auto fresh = buffer_ref::adopt(receive_buffer::make(std::max(block_size, 2 * rest.size())));
    if (!rest.empty()) std::memcpy(fresh.get()->data(), rest.data(), rest.size());
    filled_ = rest.size();
    parsed_ = 0;
    buffer_ = std::move(fresh);
  }
  return {buffer_.get()->data() + filled_, buffer_.get()->capacity() - filled_};
}

}  // namespace sluice
