#include "redis/out_log.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice {

void out_log::append(std::string_view bytes) {
  // All the memory first: bytes that were added in part would be half a command.
  while (blocks_.size() * block_size < end_ + bytes.size()) {
    if (!spare_) spare_.reset(new char[block_size]);
    blocks_.push_back(std::move(spare_));
  }
  while (!bytes.empty()) {
    const auto used = end_ % block_size;
    const auto part = std::min(bytes.size(), block_size - used);
    std::memcpy(blocks_[end_ / block_size].get() + used, bytes.data(), part);
    end_ += part;
    bytes.remove_prefix(part);
  }
}

template <class Take>
void out_log::walk(std::size_t from, std::size_t to, Take&& take) const {
  while (from < to) {
    const auto used = from % block_size;
    const auto part = std::min(to - from, block_size - used);
    if (!take(std::string_view(blocks_[from / block_size].get() + used, part))) return;
    from += part;
  }
}

std::size_t out_log::gather(std::span<std::string_view> pieces) const {
  std::size_t count = 0;
  walk(written_, end_, [&](std::string_view piece) {
    pieces[count++] = piece;
    return count < pieces.size();
  });
  return count;
}

void out_log::release(std::size_t bytes) noexcept {
  begin_ += bytes;
  while (begin_ >= block_size) {
    // One spare block is enough for a steady flow; more would keep the peak's memory for ever.
    if (!spare_) spare_ = std::move(blocks_.front());
    blocks_.pop_front();
    begin_ -= block_size;
    written_ -= block_size;
    end_ -= block_size;
  }
  if (begin_ == end_ && blocks_.size() == 1) begin_ = written_ = end_ = 0;
}

std::string_view out_log::first_piece() const {
  std::string_view first;
  walk(begin_, end_, [&](std::string_view piece) {
    first = piece;
    return false;
  });
  return first;
}

void out_log::copy_to(out_log& other, std::size_t offset, std::size_t size) const {
  walk(begin_ + offset, begin_ + offset + size, [&](std::string_view piece) {
    other.append(piece);
    return true;
  });
}

}  // namespace sluice
