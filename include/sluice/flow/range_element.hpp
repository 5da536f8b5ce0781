// How elements leave a range that a pipeline was given.
#pragma once

#include <concepts>
#include <ranges>
#include <utility>

namespace sluice::flow {

/// An element of a range, for good. What a container has is moved out of it; what a view shows is
/// somebody else's, and is copied where it can be.
template <class Range, class Reference>
std::ranges::range_value_t<Range> element_of(Reference&& shown) {
  using element = std::ranges::range_value_t<Range>;
  if constexpr (std::ranges::view<Range> && std::copy_constructible<element>) {
    return element(std::forward<Reference>(shown));
  } else {
    return element(std::move(shown));
  }
}

}  // namespace sluice::flow
