// Stages that work on one element at a time: map, filter, flat_map, and the sink of any function.
#pragma once

#include "sluice/flow/range_element.hpp"
#include "sluice/flow/transform.hpp"

#include <concepts>
#include <ranges>
#include <type_traits>
#include <utility>

namespace sluice::flow {

/// What comes of it goes on instead of it.
///
/// Thread rule: stateless.
struct map_kind {
  static constexpr auto name = "map";
  static constexpr bool last = false;
  template <class In>
  using argument = In&&;
  /// The result's type; where there is none, another one, so that there is one error to read.
  template <class In, class Work>
  static consteval auto checked() {
    constexpr bool fits = std::invocable<Work&, In&&>;
    static_assert(fits, "flow::map: its function does not take what the stage before it gives");
    if constexpr (fits) {
      return std::type_identity<work_result<Work, In&&>>();
    } else {
      return std::type_identity<In>();
    }
  }
  template <class In, class Work>
  using output = typename decltype(checked<In, Work>())::type;

  /// Passes on what was made.
  template <class Next, class In, class Made>
  static void pass_on(Next& next, item<In>&& element, Made&& made) {
    next.push(item<std::decay_t<Made>>{std::forward<Made>(made), std::move(element.from)});
  }
};

/// It goes on itself, or it is done with.
///
/// Thread rule: stateless.
struct filter_kind {
  static constexpr auto name = "filter";
  static constexpr bool last = false;
  template <class In>
  using argument = const In&;
  /// The type that goes on.
  template <class In, class Work>
  static consteval auto checked() {
    constexpr bool fits = [] {
      if constexpr (!std::invocable<Work&, const In&>)
        return false;
      else
        return std::convertible_to<work_result<Work, const In&>, bool>;
    }();
    static_assert(fits,
                  "flow::filter: its function does not take what the stage before it gives, or "
                  "does not say yes or no");
    return std::type_identity<In>();
  }
  template <class In, class Work>
  using output = typename decltype(checked<In, Work>())::type;

  /// Passes it on if it stays.
  template <class Next, class In>
  static void pass_on(Next& next, item<In>&& element, bool stays) {
    if (stays) next.push(std::move(element));
  }
};

/// Each element of the range that comes of it goes on.
///
/// Thread rule: stateless.
struct flat_map_kind {
  static constexpr auto name = "flat_map";
  static constexpr bool last = false;
  template <class In>
  using argument = In&&;
  /// The type of the range's elements; where there is none, another one.
  template <class In, class Work>
  static consteval auto checked() {
    constexpr bool fits = [] {
      if constexpr (!std::invocable<Work&, In&&>)
        return false;
      else
        return std::ranges::range<work_result<Work, In&&>>;
    }();
    static_assert(fits,
                  "flow::flat_map: its function does not take what the stage before it gives, or "
                  "does not give a range");
    if constexpr (fits) {
      return std::type_identity<std::ranges::range_value_t<work_result<Work, In&&>>>();
    } else {
      return std::type_identity<In>();
    }
  }
  template <class In, class Work>
  using output = typename decltype(checked<In, Work>())::type;

  /// Passes on what was made.
  template <class Next, class In, class Made>
  static void pass_on(Next& next, item<In>&& element, Made&& made) {
    using part = std::ranges::range_value_t<Made>;
    for (auto&& each : made) {
      next.push(item<part>{element_of<Made>(std::forward<decltype(each)>(each)), element.from});
    }
  }
};

/// Nothing goes on.
///
/// Thread rule: stateless.
struct sink_kind {
  static constexpr auto name = "sink";
  static constexpr bool last = true;
  template <class In>
  using argument = In&&;
  template <class In, class Work>
  using output = void;
  /// Does not compile where the function does not fit.
  template <class In, class Work>
  static constexpr void check() {
    static_assert(std::invocable<Work&, In&&>,
                  "flow::sink: its function does not take what the stage before it gives");
  }

  /// It is done with.
  template <class Next, class In, class Made>
  static void pass_on(Next&, item<In>&& element, Made&&) {
    const auto done = std::move(element.from);
  }
};

/// Passes on what a function, or a coroutine, makes of each element. It is called with an rvalue.
/// What it throws is the failure of that element alone.
template <class Work>
transform<map_kind, Work> map(Work work) {
  return transform<map_kind, Work>(std::move(work));
}
/// Passes on the elements for which a function, or a coroutine, says yes; the others are done with.
template <class Work>
transform<filter_kind, Work> filter(Work work) {
  return transform<filter_kind, Work>(std::move(work));
}
/// Passes on each part of the range that a function, or a coroutine, makes of an element, which is
/// done with when all its parts are.
template <class Work>
transform<flat_map_kind, Work> flat_map(Work work) {
  return transform<flat_map_kind, Work>(std::move(work));
}
/// Ends a pipeline with a function, or a coroutine. An element is done with when it has returned.
template <class Work>
transform<sink_kind, Work> sink(Work work) {
  return transform<sink_kind, Work>(std::move(work));
}

}  // namespace sluice::flow
