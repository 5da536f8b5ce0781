#include "core/host_name.hpp"

#include <array>

#include <unistd.h>

namespace sluice {

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "host";
  return name.data();
}

}  // namespace sluice
