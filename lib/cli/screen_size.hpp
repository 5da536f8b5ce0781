// How much a terminal shows.
#pragma once

#include <cstddef>

namespace sluice::cli {

/// In cells.
struct screen_size {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

}  // namespace sluice::cli
