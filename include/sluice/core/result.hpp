// Errors as values, and the completion handler for coroutines that must not fail in silence.
#pragma once

#include "sluice/core/error.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <exception>
#include <utility>

namespace sluice {

/// A value or an `error`. `value()` throws the error.
template <class T>
using result = boost::system::result<T, error>;

/// Lets `result<T>::value()` throw the error that it holds.
[[noreturn]] inline void throw_exception_from_error(const error& failure,
                                                    const boost::source_location&) {
  throw failure;
}

/// Awaits an operation and gives its value or its error instead of throwing.
///
/// Errors: every `boost::system::system_error` becomes an `error`; other exceptions pass through.
/// Cancellation: as the operation's; it arrives as an error with `condition::cancelled`.
/// Cost: none beyond the operation's.
template <class T>
boost::asio::awaitable<result<T>> as_result(boost::asio::awaitable<T> operation) {
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(operation);
      co_return result<T>();
    } else {
      T value = co_await std::move(operation);
      co_return result<T>(std::move(value));
    }
  } catch (const error& failure) {
    co_return result<T>(failure);
  } catch (const boost::system::system_error& failure) {
    co_return result<T>(error(failure.code(), diagnostics(failure.what())));
  }
}

/// A completion handler for `asio::co_spawn` that rethrows what the coroutine threw out of
/// `io_context::run()`, where a program can see it. (`asio::detached` would swallow it.)
struct rethrow_t {
  /// Rethrows `failure` if there is one.
  void operator()(const std::exception_ptr& failure) const {
    if (failure) std::rethrow_exception(failure);
  }
  /// The same, for coroutines that return a value.
  template <class T>
  void operator()(const std::exception_ptr& failure, const T&) const {
    if (failure) std::rethrow_exception(failure);
  }
};

/// See `rethrow_t`.
inline constexpr rethrow_t rethrow{};

}  // namespace sluice
