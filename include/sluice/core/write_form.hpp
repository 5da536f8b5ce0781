// Values of one's own types as JSON: the way back of `read_form`.
#pragma once

#include "sluice/core/form_kinds.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_from.hpp>
#include <boost/mp11/algorithm.hpp>

#include <concepts>
#include <tuple>
#include <type_traits>
#include <variant>

namespace sluice {

/// What does not become a `boost::json::value` by itself.
template <class T>
concept unlike_json = !std::convertible_to<const T&, boost::json::value>;

/// Writes values of the types that `form_reader` reads.
///
/// Thread rule: may be used from any thread.
class form_writer {
 public:
  /// A value as JSON.
  template <class T>
  static boost::json::value write(const T& what);

 private:
  template <class T>
  static boost::json::object write_struct(const T& what);
  template <class T>
  static boost::json::object write_map(const T& what);
  template <class T>
  static boost::json::array write_elements(const T& what);
};

/// A value as JSON that `read_form` reads again. Unlike `boost::json::value_from` it writes
/// inherited members, and leaves out members that are optional and empty.
template <class T>
boost::json::value write_form(const T& what) {
  return form_writer::write(what);
}

template <class T>
boost::json::value form_writer::write(const T& what) {
  if constexpr (is_optional<T>) {
    return what ? write(*what) : boost::json::value();
  } else if constexpr (is_variant<T>) {
    return std::visit([](const auto& held) { return write(held); }, what);
  } else if constexpr (writes_itself<T> || std::convertible_to<const T&, const char*>) {
    return boost::json::value_from(what);
  } else if constexpr (described_struct<T>) {
    return write_struct(what);
  } else if constexpr (text_map<T> && !std::same_as<T, boost::json::object>) {
    return write_map(what);
  } else if constexpr (is_fixed_array<T> || tuple_like<T> || sequence<T>) {
    return write_elements(what);
  } else {
    static_assert(boost::json::has_value_from<T>::value,
                  "describe T with BOOST_DESCRIBE_STRUCT, or give it a tag_invoke of Boost.JSON");
    return boost::json::value_from(what);
  }
}

template <class T>
boost::json::object form_writer::write_struct(const T& what) {
  boost::json::object made;
  boost::mp11::mp_for_each<described_members<T>>([&](auto each) {
    const auto& member = what.*each.pointer;
    if constexpr (is_optional<std::remove_cvref_t<decltype(member)>>) {
      if (!member) return;
    }
    made.emplace(each.name, write(member));
  });
  return made;
}

template <class T>
boost::json::object form_writer::write_map(const T& what) {
  boost::json::object made;
  for (const auto& [name, held] : what) made.emplace(name, write(held));
  return made;
}

template <class T>
boost::json::array form_writer::write_elements(const T& what) {
  boost::json::array made;
  if constexpr (tuple_like<T> && !is_fixed_array<T>) {
    std::apply([&made](const auto&... each) { (made.push_back(write(each)), ...); }, what);
  } else {
    for (const auto& each : what) made.push_back(write(each));
  }
  return made;
}

}  // namespace sluice
