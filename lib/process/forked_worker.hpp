// The fork.
#pragma once

#include "process/held_signals.hpp"
#include "process/worker_kit.hpp"

#include "sluice/process/supervisor.hpp"

#include <cstddef>
#include <memory>

#include <sys/types.h>

namespace sluice {

/// Starts a process that works; gives its id, or -1 with `errno`. In the new process it does not
/// return: that ends with 0 when `work` returns, with 1 when it throws, which is told on the
/// standard error stream.
::pid_t fork_worker(std::size_t number, const std::shared_ptr<const worker_kit>& kit,
                    const held_signals& signals, const supervisor::work& work);

}  // namespace sluice
