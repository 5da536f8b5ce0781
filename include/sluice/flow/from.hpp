// Sources of whatever a program has: ranges, and functions that give one element after the other.
#pragma once

#include "sluice/flow/range_element.hpp"
#include "sluice/flow/stage.hpp"
#include "sluice/flow/work.hpp"

#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <functional>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>

namespace sluice::flow {

/// What is in an optional; nothing for other types.
///
/// Thread rule: stateless.
template <class T>
struct optional_value {};
/// What is in an optional.
///
/// Thread rule: stateless.
template <class T>
struct optional_value<std::optional<T>> {
  using type = T;
};
/// What is in the optional that a function gives, or that its coroutine gives.
template <class Work>
using given_value =
    typename optional_value<typename awaited<std::invoke_result_t<Work&>>::type>::type;

/// The elements of a range, in order.
///
/// Thread rule: a value until its pipeline runs.
template <class Range>
class range_source : public source_base {
 public:
  using value_type = std::ranges::range_value_t<Range>;
  static constexpr auto name = "range";

  /// Of this range, which it owns.
  explicit range_source(Range all) : all_(std::move(all)) {}

  /// The next one.
  ///
  /// Errors: what the range throws. Cancellation: none. Cost: none.
  boost::asio::awaitable<std::optional<item<value_type>>> next() { co_return take(); }
  /// The same, as nothing is waited for.
  std::optional<item<value_type>> take() {
    if (closed_) return std::nullopt;
    if (!at_) at_.emplace(std::ranges::begin(all_));
    // Not as soon as one was taken: where this throws, that one has gone on.
    if (std::exchange(taken_, false)) ++*at_;
    if (*at_ == std::ranges::end(all_)) return std::nullopt;
    std::optional<item<value_type>> found(item<value_type>{element_of<Range>(**at_), {}});
    taken_ = true;
    return found;
  }
  /// It ends here.
  void close() noexcept { closed_ = true; }

 private:
  Range all_;
  std::optional<std::ranges::iterator_t<Range>> at_;  // of where the range has come to lie
  bool taken_ = false;                                // what it stands at
  bool closed_ = false;
};

/// What a function gives until it gives nothing.
///
/// Thread rule: a value until its pipeline runs.
template <class Work>
class function_source : public source_base {
 public:
  using value_type = given_value<Work>;
  static constexpr auto name = "function";
  static constexpr bool cancelled_to_stop = true;

  /// Of this function.
  explicit function_source(Work work) : work_(std::move(work)) {}

  /// The next one.
  ///
  /// Errors: what the function throws. Cancellation: as the function has it. Cost: its own.
  boost::asio::awaitable<std::optional<item<value_type>>> next() {
    std::optional<item<value_type>> found;
    if (closed_) co_return found;
    if constexpr (awaited<std::invoke_result_t<Work&>>::coroutine) {
      auto given = co_await std::invoke(work_);
      if (given) found.emplace(*std::move(given), receipt());
    } else {
      auto given = std::invoke(work_);
      if (given) found.emplace(*std::move(given), receipt());
    }
    co_return found;
  }
  /// It is not asked again.
  void close() noexcept { closed_ = true; }

 private:
  Work work_;
  bool closed_ = false;
};

template <class T>
concept gives_optionals = requires {
  typename given_value<T>;
};

/// The elements of a range, such as a vector or a view, which the pipeline owns.
template <std::ranges::input_range Range>
range_source<Range> from(Range all) {
  return range_source<Range>(std::move(all));
}
/// What a function gives, one call after the other, until it gives an empty `std::optional`; or
/// what a coroutine gives that is started anew for each element. It is cancelled when the pipeline
/// is stopped while it waits; what it gives all the same goes on to the end.
template <gives_optionals Work>
function_source<Work> from(Work work) {
  return function_source<Work>(std::move(work));
}

}  // namespace sluice::flow
