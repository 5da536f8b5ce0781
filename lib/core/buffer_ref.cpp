#include "sluice/core/buffer_ref.hpp"

#include <new>

namespace sluice {

receive_buffer* receive_buffer::make(std::size_t capacity) {
  void* memory = ::operator new(sizeof(receive_buffer) + capacity);
  return new (memory) receive_buffer(capacity);
}

void receive_buffer::destroy(receive_buffer* block) noexcept {
  block->~receive_buffer();
  ::operator delete(block);
}

}  // namespace sluice
