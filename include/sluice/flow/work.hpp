// How a stage calls the function it was given, whether that is a coroutine or not.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>
#include <variant>

namespace sluice::flow {

/// What a function's result is in the end: itself.
///
/// Thread rule: stateless.
template <class T>
struct awaited {
  using type = T;
  static constexpr bool coroutine = false;
};
/// What a function's result is in the end: what its coroutine gives.
///
/// Thread rule: stateless.
template <class T>
struct awaited<boost::asio::awaitable<T>> {
  using type = T;
  static constexpr bool coroutine = true;
};

/// True for a function that gives an `awaitable`.
template <class Work, class Argument>
concept coroutine_work = awaited<std::invoke_result_t<Work&, Argument>>::coroutine;

/// What a function gives in the end. Nothing is a value as well: `std::monostate`.
template <class Work, class Argument>
using work_result = std::conditional_t<
    std::is_void_v<typename awaited<std::invoke_result_t<Work&, Argument>>::type>, std::monostate,
    std::decay_t<typename awaited<std::invoke_result_t<Work&, Argument>>::type>>;

/// Calls a plain function.
template <class Work, class Argument>
work_result<Work, Argument> work_on(Work& work, Argument&& what) {
  if constexpr (std::is_void_v<std::invoke_result_t<Work&, Argument>>) {
    std::invoke(work, std::forward<Argument>(what));
    return {};
  } else {
    return std::invoke(work, std::forward<Argument>(what));
  }
}

}  // namespace sluice::flow
