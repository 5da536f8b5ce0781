// Handlers in the forms that users write them: coroutines and plain functions of a request, of a
// described struct, of chosen fields.
#pragma once

#include "sluice/app/request.hpp"
#include "sluice/app/signature.hpp"
#include "sluice/app/unfit_message.hpp"
#include "sluice/core/read_form.hpp"
#include "sluice/core/write_form.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

/// A function with what it takes to call it for a request. All requests share one, so that what it
/// captures is there once, and outlives its coroutines.
///
/// Thread rule: used on the client's executor.
template <class Function, class Signature>
class bound_function {
 public:
  using shape = handler_shape<Signature>;
  using values = typename shape::values;
  using result = typename shape::result;

  /// Where `names` is empty the message as a whole is the argument.
  bound_function(Function function, std::vector<std::string> names, unknown_fields policy)
      : function_(std::move(function)), names_(std::move(names)), policy_(policy) {}

  /// What the function takes out of the message. Throws `unfit_message`.
  values read(const boost::json::value& from) const {
    values made;
    form_reader reader(policy_);
    if (names_.empty()) {
      std::apply([&](auto&... only) { (reader.read(from, only), ...); }, made);
    } else {
      std::apply([&](auto&... each) { reader.read_members(from, names_, each...); }, made);
    }
    if (!reader.flaws().empty()) throw unfit_message(reader.flaws().to_string());
    return made;
  }

  /// Calls it. A coroutine may refer to both arguments until it ends.
  result call(request& what, values& with) {
    using parameters = typename shape::parameters;
    const auto apply = [&]<std::size_t... i>(std::index_sequence<i...>)->result {
      if constexpr (shape::takes_request) {
        return function_(what,
                         static_cast<std::tuple_element_t<i, parameters>>(std::get<i>(with))...);
      } else {
        return function_(static_cast<std::tuple_element_t<i, parameters>>(std::get<i>(with))...);
      }
    };
    return apply(std::make_index_sequence<std::tuple_size_v<values>>());
  }

 private:
  Function function_;
  std::vector<std::string> names_;
  unknown_fields policy_;
};

/// Calls the function for a request and answers with what it returns.
///
/// Errors: `unfit_message`; what the function throws. Cancellation: the function's.
/// Cost: none of its own.
template <class Bound>
boost::asio::awaitable<void> call_bound(std::shared_ptr<Bound> function, request what) {
  using given = awaited<typename Bound::result>;
  auto values = function->read(what.value());
  if constexpr (given::later && std::is_void_v<typename given::type>) {
    auto running = function->call(what, values);
    co_await std::move(running);
  } else if constexpr (given::later) {
    auto running = function->call(what, values);
    auto answer = co_await std::move(running);
    what.respond_last(std::move(answer));
  } else if constexpr (std::is_void_v<typename given::type>) {
    function->call(what, values);
  } else {
    what.respond_last(function->call(what, values));
  }
  co_return;
}

/// A handler that an app can call, of a function with that signature: a coroutine or a plain
/// function, moved in. It takes, in any combination, a `request&` first; then the message as one
/// value of any type that `form_reader` reads, or, with `names`, as many of its fields. What it
/// returns or gives, unless that is `void`, is the answer.
template <class Signature, class Function>
request_handler make_handler(Function function, std::vector<std::string> names,
                             unknown_fields policy) {
  using bound = bound_function<Function, Signature>;
  auto shared = std::make_shared<bound>(std::move(function), std::move(names), policy);
  return [shared = std::move(shared)](request& what) { return call_bound(shared, what); };
}

/// Whether handlers of that signature can be given so many fields by name; 0 stands for the message
/// as a whole.
template <class Signature, std::size_t names>
constexpr bool takes_arguments() {
  constexpr auto taken = std::tuple_size_v<typename handler_shape<Signature>::values>;
  return names == 0 ? taken <= 1 : taken == names;
}

}  // namespace sluice
