#include "allocation/allowance.hpp"

#include <cstdlib>
#include <new>

namespace {

// Further allocations that succeed; below zero there is no limit.
thread_local long allowance = -1;
thread_local bool failed = false;
thread_local std::size_t count = 0;

void* allocate(std::size_t size) {
  ++count;
  if (allowance == 0) {
    allowance = -1;
    failed = true;
    throw std::bad_alloc();
  }
  if (allowance > 0) --allowance;
  if (void* const memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
// Every form, as memory of one allocator must not be given back to another.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size > 0 ? size : 1);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size > 0 ? size : 1);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace scene {

void fail_allocation(std::size_t before) noexcept {
  failed = false;
  allowance = static_cast<long>(before);
}

std::size_t allocations() noexcept { return count; }

bool allocation_failed() noexcept {
  allowance = -1;
  return failed;
}

}  // namespace scene
