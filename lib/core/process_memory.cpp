#include "core/process_memory.hpp"

#include <fstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

namespace sluice {

std::optional<std::uint64_t> resident_memory_of(std::int64_t process) {
  std::ifstream pages("/proc/" + std::to_string(process) + "/statm");
  std::uint64_t all = 0, resident = 0;
  if (!(pages >> all >> resident)) return std::nullopt;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t resident_memory() {
  if (const auto now = resident_memory_of(::getpid())) return *now;
  ::rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
#ifdef __APPLE__
  return static_cast<std::uint64_t>(used.ru_maxrss);
#else
  return static_cast<std::uint64_t>(used.ru_maxrss) * 1'024;
#endif
}

}  // namespace sluice
