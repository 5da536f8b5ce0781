// What a callable takes and gives.
#pragma once

#include "sluice/app/request.hpp"

#include <boost/asio/awaitable.hpp>

#include <tuple>
#include <type_traits>

namespace sluice {

/// The parameters of a callable and its result.
template <class Result, class... Parameters>
struct signature {};

/// The signature of a member function that has one only.
template <class Member>
struct member_signature {};
/// Of one that may change its object.
template <class R, class Object, bool throws_nothing, class... Ps>
struct member_signature<R (Object::*)(Ps...) noexcept(throws_nothing)> {
  using type = signature<R, Ps...>;
};
/// Of one that may not.
template <class R, class Object, bool throws_nothing, class... Ps>
struct member_signature<R (Object::*)(Ps...) const noexcept(throws_nothing)> {
  using type = signature<R, Ps...>;
};

/// An object with one call operator, such as a lambda that names the types of its parameters.
template <class Function>
concept called_in_one_way = requires {
  &Function::operator();
};

/// The signature of a function or of an object that can be called. Where it cannot be told, as of
/// a lambda with parameters of type `auto`, it is what takes a `request&`.
template <class Function>
struct signature_of {
  using type = signature<std::invoke_result_t<Function&, request&>, request&>;
};
/// As its call operator says.
template <called_in_one_way Function>
struct signature_of<Function> : member_signature<decltype(&Function::operator())> {};
/// As the function says.
template <class R, bool throws_nothing, class... Ps>
struct signature_of<R (*)(Ps...) noexcept(throws_nothing)> {
  using type = signature<R, Ps...>;
};

/// A signature as a handler's: whether the request comes first, what is read out of the message
/// for the other parameters, and what comes out.
template <class Signature>
struct handler_shape;
/// Of one that takes no request.
template <class R, class... Ps>
struct handler_shape<signature<R, Ps...>> {
  static constexpr bool takes_request = false;
  using result = R;
  using parameters = std::tuple<Ps&&...>;
  using values = std::tuple<std::remove_cvref_t<Ps>...>;
};
/// Of one that takes the request first.
template <class R, class First, class... Ps>
requires std::is_same_v<std::remove_cvref_t<First>, request>
struct handler_shape<signature<R, First, Ps...>> : handler_shape<signature<R, Ps...>> {
  static constexpr bool takes_request = true;
};

/// What awaiting a result gives; the result itself where it cannot be awaited.
template <class Result>
struct awaited {
  static constexpr bool later = false;
  using type = Result;
};
/// Of a coroutine.
template <class Result>
struct awaited<boost::asio::awaitable<Result>> {
  static constexpr bool later = true;
  using type = Result;
};

}  // namespace sluice
