// A sink into a container of the program's own.
#pragma once

#include "sluice/flow/map.hpp"

#include <concepts>
#include <utility>

namespace sluice::flow {

/// Adds what comes to the end of a container, such as a vector, which must outlive the run.
///
/// Thread rule: used on the executor of its pipeline.
template <class Container>
class container_end {
 public:
  /// Of this one.
  explicit container_end(Container& all) noexcept : all_(&all) {}

  /// Adds it.
  template <class T>
  requires requires(Container& all, T&& what) { all.push_back(std::forward<T>(what)); }
  void operator()(T&& what) const { all_->push_back(std::forward<T>(what)); }

 private:
  Container* all_;
};

/// Ends a pipeline in a container, such as a vector, which must outlive the run.
template <class Container>
auto into(Container& all) {
  return flow::sink(container_end<Container>(all));
}

}  // namespace sluice::flow
