#include "sluice/flow/bounds.hpp"

#include "core/bounded.hpp"

#include "sluice/core/error.hpp"

#include <string>

namespace sluice::flow {

std::size_t at_least(std::size_t least, std::size_t given, std::string_view what) {
  if (given >= least) return given;
  throw error(errc::invalid_argument,
              std::string(what) + " must be at least " + std::to_string(least));
}

std::chrono::nanoseconds positive(std::chrono::nanoseconds given, std::string_view what) {
  if (given.count() > 0) return bounded(given);
  throw error(errc::invalid_argument, std::string(what) + " must be above zero");
}

}  // namespace sluice::flow
