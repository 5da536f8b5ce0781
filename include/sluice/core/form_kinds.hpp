// The kinds of C++ types that JSON is read into and written from.
#pragma once

#include <boost/describe/bases.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>

#include <array>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace sluice {

/// A struct described with `BOOST_DESCRIBE_STRUCT`.
template <class T>
concept described_struct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

/// An enumeration described with `BOOST_DESCRIBE_ENUM`; in JSON it is the enumerator's name.
template <class T>
concept described_enum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

/// The public members of a described struct, inherited ones as well.
template <described_struct T>
using described_members = boost::describe::describe_members<T, boost::describe::mod_public |
                                                                   boost::describe::mod_inherited>;

/// Whether a type is a `std::optional`.
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Whether a type is a `std::variant`.
template <class T>
inline constexpr bool is_variant = false;
template <class... Ts>
inline constexpr bool is_variant<std::variant<Ts...>> = true;

/// Whether a type is an array of fixed size.
template <class T>
inline constexpr bool is_fixed_array = std::is_bounded_array_v<T>;
template <class T, std::size_t size>
inline constexpr bool is_fixed_array<std::array<T, size>> = true;

/// A pair or a tuple; in JSON an array.
template <class T>
concept tuple_like = requires {
  std::tuple_size<T>::value;
};

/// A container of texts with what they stand for; in JSON an object.
template <class T>
concept text_map = requires(T all, typename T::mapped_type each) {
  all.emplace(std::string(), std::move(each));
  { all.begin()->first } -> std::convertible_to<std::string_view>;
};

/// A container that elements are put into, but no text; in JSON an array.
template <class T>
concept sequence = requires(T all, typename T::value_type each) {
  all.insert(all.end(), std::move(each));
  requires !requires { typename T::mapped_type; };
  requires !requires { typename T::traits_type; };
};

/// A type for which its author wrote an overload of `tag_invoke` with this tag of Boost.JSON.
template <class Tag>
concept has_reader = requires(Tag tag, const boost::json::value& from) {
  tag_invoke(tag, from);
};

/// A type for which its author wrote the overload of `tag_invoke` by which Boost.JSON reads it.
template <class T>
concept reads_itself =
    has_reader<boost::json::value_to_tag<T>> || has_reader<boost::json::try_value_to_tag<T>>;

/// A type for which its author wrote the overload of `tag_invoke` by which Boost.JSON writes it.
template <class T>
concept writes_itself = requires(boost::json::value& into, const T& what) {
  tag_invoke(boost::json::value_from_tag(), into, what);
};

}  // namespace sluice
