// Fuzzes replies: any bytes from a peer, cut in any way.
#include "fuzz/reply_oracle.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sluice::test::check_stream({reinterpret_cast<const char*>(data), size});
  return 0;
}
