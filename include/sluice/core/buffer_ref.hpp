// Shared ownership of received bytes, so that replies and entries are views and not copies.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace sluice {

/// The head of a block of received bytes. Made and filled by the connection; users only hold
/// `buffer_ref`s to it.
///
/// Thread rule: the count of owners is atomic; the bytes belong to the connection until it hands
/// out views of them, and nobody changes them afterwards.
class receive_buffer {
 public:
  receive_buffer(const receive_buffer&) = delete;
  receive_buffer& operator=(const receive_buffer&) = delete;

  /// Makes a block of `capacity` bytes with one owner.
  static receive_buffer* make(std::size_t capacity);
  /// The block's bytes.
  char* data() noexcept { return reinterpret_cast<char*>(this + 1); }
  /// How many bytes it has room for.
  std::size_t capacity() const noexcept { return capacity_; }
  /// True when the caller holds the only reference, so that the bytes may be overwritten.
  bool sole_owner() const noexcept { return owners_.load(std::memory_order_acquire) == 1; }

 private:
  friend class buffer_ref;
  explicit receive_buffer(std::size_t capacity) noexcept : capacity_(capacity) {}
  ~receive_buffer() = default;
  static void destroy(receive_buffer* block) noexcept;

  std::atomic<std::size_t> owners_{1};
  std::size_t capacity_;
};

/// A counted reference to a block of received bytes. While one lives, the views into the block are
/// valid. A block is some 64 KiB and is shared by its batch: keep an entry for long by copying what
/// you need out of it.
///
/// Thread rule: like `std::shared_ptr`: distinct objects may be used from distinct threads.
class buffer_ref {
 public:
  /// Refers to nothing.
  buffer_ref() noexcept = default;
  /// Takes over the reference that the caller held.
  static buffer_ref adopt(receive_buffer* block) noexcept { return buffer_ref(block); }
  buffer_ref(const buffer_ref& other) noexcept : block_(other.block_) {
    if (block_ != nullptr) block_->owners_.fetch_add(1, std::memory_order_relaxed);
  }
  buffer_ref(buffer_ref&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  buffer_ref& operator=(buffer_ref other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~buffer_ref() {
    if (block_ != nullptr && block_->owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      receive_buffer::destroy(block_);
    }
  }

  /// The block, or null.
  receive_buffer* get() const noexcept { return block_; }
  /// True when it refers to a block.
  explicit operator bool() const noexcept { return block_ != nullptr; }

 private:
  explicit buffer_ref(receive_buffer* block) noexcept : block_(block) {}

  receive_buffer* block_ = nullptr;
};

}  // namespace sluice
