#include "process/thread_count.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

namespace sluice {

std::size_t thread_count() {
  std::error_code unknown;
  const std::filesystem::directory_iterator threads("/proc/self/task", unknown);
  if (unknown) return 1;
  return static_cast<std::size_t>(std::distance(begin(threads), end(threads)));
}

}  // namespace sluice
