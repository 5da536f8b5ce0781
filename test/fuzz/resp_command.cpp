// Fuzzes commands: any arguments from a program.
#include "fuzz/command_oracle.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sluice::test::check_command({reinterpret_cast<const char*>(data), size});
  return 0;
}
