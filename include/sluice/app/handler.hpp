// What may handle a request: coroutines and plain functions.
#pragma once

#include "sluice/app/request.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace sluice {

/// A handler that an app can call, of a coroutine or a plain function that takes a `request&`. What
/// a plain function returns, unless that is `void`, is the answer; so is what a coroutine returns.
template <class Function>
request_handler make_handler(Function function) {
  using returned = std::invoke_result_t<Function&, request&>;
  if constexpr (std::is_same_v<returned, boost::asio::awaitable<void>>) {
    return request_handler(std::move(function));
  } else if constexpr (std::is_void_v<returned>) {
    return [function = std::move(function)](request& what) mutable -> boost::asio::awaitable<void> {
      function(what);
      co_return;
    };
  } else {
    return [function = std::move(function)](request& what) mutable -> boost::asio::awaitable<void> {
      what.respond_last(function(what));
      co_return;
    };
  }
}

}  // namespace sluice
