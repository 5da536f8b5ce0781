// Stages that pick a part of each element.
#pragma once

#include "sluice/flow/map.hpp"

#include <boost/json/value.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace sluice::flow {

/// Picks a field of an entry, or a member of a JSON object, by its name.
///
/// Thread rule: a value.
class named_part {
 public:
  /// Of this name.
  explicit named_part(std::string name) : name_(std::move(name)) {}

  /// The field's value. Throws `error` with `errc::malformed_message` for an entry without it.
  template <class Fields>
  requires requires(const Fields& all) { all.find(std::string_view()); }
  std::string operator()(const Fields& all) const {
    const auto found = all.find(name_);
    if (!found) missing();
    return std::string(*found);
  }
  /// The member. Throws `error` with `errc::malformed_message` for an object without it, and for
  /// what is no object.
  template <std::same_as<boost::json::value> Json>
  boost::json::value operator()(Json&& all) const {
    auto* const object = all.if_object();
    auto* const found = object == nullptr ? nullptr : object->if_contains(name_);
    if (found == nullptr) missing();
    return std::move(*found);
  }

 private:
  [[noreturn]] void missing() const;

  std::string name_;
};

/// Passes on one field of each entry, or one member of each JSON object. An element without it
/// fails.
inline auto pluck(std::string name) { return flow::map(named_part(std::move(name))); }
/// Passes on one member of each struct: `flow::pluck(&order::customer)`.
template <class Whole, class Part>
auto pluck(Part Whole::*member) {
  return flow::map([member](Whole whole) -> Part { return std::move(whole.*member); });
}
/// Passes on one element of each tuple or pair: `flow::pluck<0>()`.
template <std::size_t place>
auto pluck() {
  return flow::map([](auto whole) { return std::get<place>(std::move(whole)); });
}

}  // namespace sluice::flow
