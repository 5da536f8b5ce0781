#include "sluice/core/random.hpp"

#include <random>

namespace sluice {

random_source system_random() {
  std::random_device device;
  return seeded_random((static_cast<std::uint64_t>(device()) << 32U) | device());
}

}  // namespace sluice
