// What a stage of a pipeline has done so far.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace sluice::flow {

/// Counted by each stage.
///
/// Thread rule: a value.
struct stage_report {
  /// Of a stage that has done nothing yet.
  explicit stage_report(std::string stage) : name(std::move(stage)) {}

  std::string name;          ///< "2 map": its place, the source being 1, and what it is.
  std::uint64_t taken = 0;   ///< Elements that came in; of a source, that went out.
  std::uint64_t failed = 0;  ///< Elements whose work threw.
};

}  // namespace sluice::flow
