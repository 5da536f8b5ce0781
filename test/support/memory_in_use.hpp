// What processes have in memory.
#pragma once

#include <sluice/testing/private_server.hpp>

#include <unistd.h>

#include <fstream>
#include <string>

namespace scene {

/// What this process has in memory, in kB.
inline long resident() {
  std::ifstream from("/proc/self/statm");
  long pages = 0;
  from >> pages >> pages;
  return pages * (::sysconf(_SC_PAGESIZE) / 1'024);
}

/// What the server has, in kB.
inline long used_by(sluice::testing::private_server& server) {
  const auto info = server.command({"INFO", "memory"});
  const std::string head = "used_memory:";
  return std::stol(info.substr(info.find(head) + head.size())) / 1'024;
}

}  // namespace scene
