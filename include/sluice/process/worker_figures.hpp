// What a supervisor knows of each of its processes.
#pragma once

#include "sluice/app/listener_stats.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

/// One process of a crew.
///
/// Thread rule: a value.
struct worker_figures {
  std::size_t number = 0;      ///< Which of the processes, from 0.
  std::uint64_t restarts = 0;  ///< How often it was started in another's place.
  /// What it is and has done, as of less than two seconds ago: process and memory by the system;
  /// the app and its topics where the worker runs one by `worker_process::run`. With a process of
  /// 0, it waits to be started again; with a memory of 0, the system does not say.
  process_figures now;
};

/// One line for each process, for a log.
std::string to_string(const std::vector<worker_figures>& all);

}  // namespace sluice
