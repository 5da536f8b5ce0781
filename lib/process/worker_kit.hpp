// What all workers of a supervisor are given.
#pragma once

#include "process/figure_board.hpp"

#include "sluice/app/extension.hpp"

#include <memory>
#include <vector>

namespace sluice {

/// It is there before the first process is forked.
struct worker_kit {
  std::vector<std::shared_ptr<extension>> extensions;
  /// Null where nobody asks for reports.
  std::shared_ptr<figure_board> board;
};

}  // namespace sluice
