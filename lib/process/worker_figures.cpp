#include "sluice/process/worker_figures.hpp"

namespace sluice {

std::string to_string(const std::vector<worker_figures>& all) {
  std::string text;
  for (const auto& each : all) {
    text += "worker " + std::to_string(each.number) + ": ";
    text += each.now.process == 0 ? "waits to be started" : to_string(each.now);
    if (each.restarts > 0) text += "; restarted " + std::to_string(each.restarts) + " times";
    text += '\n';
  }
  return text;
}

}  // namespace sluice
