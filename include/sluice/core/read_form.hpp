// JSON as values of one's own types, with everything that does not fit told by its path.
#pragma once

#include "sluice/core/error.hpp"
#include "sluice/core/form_flaws.hpp"
#include "sluice/core/form_kinds.hpp"
#include "sluice/core/read_plain.hpp"
#include "sluice/core/unknown_fields.hpp"

#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <boost/mp11/algorithm.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace sluice {

/// Reads JSON into values and collects what does not fit. What it reads:
///
/// - structs described with `BOOST_DESCRIBE_STRUCT`, with inherited members: objects. Only members
///   of type `std::optional` may be missing.
/// - enumerations described with `BOOST_DESCRIBE_ENUM`: the name of an enumerator.
/// - `bool`, texts; numbers, which have to fit their type. `boost::json::value` and its parts.
/// - `std::optional`: null, or what it holds. `std::variant`: the first alternative that fits.
/// - sequences, arrays of fixed size, pairs and tuples; maps from texts.
/// - whatever else Boost.JSON converts, as one piece without paths.
///
/// Values are made by their default constructors first, unless `make` is asked for one that has
/// none, and that Boost.JSON converts.
///
/// Thread rule: a value.
class form_reader {
 public:
  /// A reader that has found nothing wrong yet.
  explicit form_reader(unknown_fields policy = unknown_fields::refuse) : policy_(policy) {}

  /// What was wrong so far.
  const form_flaws& flaws() const noexcept { return flaws_; }

  /// Reads the value at a place into `into`; where it does not fit, `into` is left half read.
  template <class T>
  void read(const boost::json::value& from, T& into, const json_place& here = json_place());

  /// A value of that form; empty where it does not fit.
  template <class T>
  std::optional<T> make(const boost::json::value& from);

  /// Reads the members of these names out of an object, as those of structs are read, and passes by
  /// all others.
  template <class... Ts>
  void read_members(const boost::json::value& from, const std::vector<std::string>& names,
                    Ts&... into);

 private:
  using value = boost::json::value;

  template <class T>
  void read_member(const boost::json::object& from, std::string_view name, T& into,
                   const json_place& around);
  template <class T>
  void read_number(const value& from, T& into, const json_place& here);
  template <class T>
  void read_struct(const value& from, T& into, const json_place& here);
  template <class T>
  void read_enum(const value& from, T& into, const json_place& here);
  template <class T>
  void read_map(const value& from, T& into, const json_place& here);
  template <class T>
  void read_sequence(const value& from, T& into, const json_place& here);
  template <class T>
  void read_fixed(const value& from, T& into, const json_place& here);
  template <class T>
  void read_tuple(const value& from, T& into, const json_place& here);
  template <class T>
  void read_variant(const value& from, T& into, const json_place& here);
  template <class T>
  std::optional<T> convert(const value& from, const json_place& here);
  template <class T>
  void read_otherwise(const value& from, T& into, const json_place& here);
  void refuse_unknown(const boost::json::object& from, const std::vector<std::string_view>& known,
                      const json_place& here);

  unknown_fields policy_;
  form_flaws flaws_;
};

/// A JSON value as a `T`; see `form_reader` for what can be read.
///
/// Throws `error` with `errc::malformed_message` where it has not that form. The text names every
/// place and what is wrong there, "total.currency: expected a string, got a number", and holds no
/// value.
template <class T, unknown_fields policy = unknown_fields::refuse>
T read_form(const boost::json::value& from) {
  form_reader reader(policy);
  auto made = reader.make<T>(from);
  if (made) return *std::move(made);
  throw error(errc::malformed_message, reader.flaws().to_string());
}

template <class T>
std::optional<T> form_reader::make(const value& from) {
  if constexpr (std::default_initializable<T>) {
    const auto before = flaws_.count();
    T made{};
    read(from, made);
    if (flaws_.count() > before) return std::nullopt;
    return made;
  } else {
    return convert<T>(from, json_place());
  }
}

template <class... Ts>
void form_reader::read_members(const value& from, const std::vector<std::string>& names,
                               Ts&... into) {
  const auto* const members = read_object(from, json_place(), flaws_);
  if (members == nullptr) return;
  [[maybe_unused]] auto name = names.begin();
  (read_member(*members, *name++, into, json_place()), ...);
}

template <class T>
void form_reader::read(const value& from, T& into, const json_place& here) {
  static_assert(!std::same_as<T, std::string_view>, "a view owns no text: read into a std::string");
  if constexpr (std::same_as<T, value>) {
    into = from;
  } else if constexpr (is_optional<T>) {
    into.reset();
    if (!from.is_null()) read(from, into.emplace(), here);
  } else if constexpr (std::same_as<T, std::monostate>) {
    if (!from.is_null()) flaws_.add_kind(here, "null", from);
  } else if constexpr (is_variant<T>) {
    read_variant(from, into, here);
  } else if constexpr (reads_itself<T>) {
    read_otherwise(from, into, here);
  } else if constexpr (std::same_as<T, bool>) {
    into = read_bool(from, here, flaws_);
  } else if constexpr (std::is_arithmetic_v<T>) {
    read_number(from, into, here);
  } else if constexpr (std::same_as<T, std::string>) {
    into = read_text(from, here, flaws_);
  } else if constexpr (described_enum<T>) {
    read_enum(from, into, here);
  } else if constexpr (described_struct<T>) {
    read_struct(from, into, here);
  } else if constexpr (is_fixed_array<T>) {
    read_fixed(from, into, here);
  } else if constexpr (tuple_like<T>) {
    read_tuple(from, into, here);
  } else if constexpr (text_map<T> && !std::same_as<T, boost::json::object>) {
    read_map(from, into, here);
  } else if constexpr (sequence<T>) {
    read_sequence(from, into, here);
  } else {
    read_otherwise(from, into, here);
  }
}

template <class T>
void form_reader::read_member(const boost::json::object& from, std::string_view name, T& into,
                              const json_place& around) {
  const json_place here(around, name);
  const auto* const found = from.if_contains({name.data(), name.size()});
  if (found != nullptr) {
    read(*found, into, here);
  } else if constexpr (is_optional<T>) {
    into.reset();
  } else {
    flaws_.add(here, "missing");
  }
}

template <class T>
void form_reader::read_number(const value& from, T& into, const json_place& here) {
  using limits = std::numeric_limits<T>;
  if constexpr (std::floating_point<T>) {
    constexpr long double most = std::numeric_limits<double>::max();
    constexpr auto fits = static_cast<double>(std::min<long double>(limits::max(), most));
    into = static_cast<T>(read_real(from, here, fits, flaws_));
  } else if constexpr (std::is_signed_v<T>) {
    into = static_cast<T>(read_signed(from, here, limits::min(), limits::max(), flaws_));
  } else {
    into = static_cast<T>(read_unsigned(from, here, limits::max(), flaws_));
  }
}

template <class T>
void form_reader::read_struct(const value& from, T& into, const json_place& here) {
  const auto* const members = read_object(from, here, flaws_);
  if (members == nullptr) return;
  std::vector<std::string_view> known;
  boost::mp11::mp_for_each<described_members<T>>([&](auto each) {
    known.emplace_back(each.name);
    read_member(*members, each.name, into.*each.pointer, here);
  });
  if (policy_ == unknown_fields::refuse) refuse_unknown(*members, known, here);
}

template <class T>
void form_reader::read_enum(const value& from, T& into, const json_place& here) {
  if (!from.is_string()) return flaws_.add_kind(here, "a string", from);
  const auto name = read_text(from, here, flaws_);
  std::vector<std::string_view> names;
  bool found = false;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto each) {
    names.emplace_back(each.name);
    if (name != each.name) return;
    into = each.value;
    found = true;
  });
  if (!found) flaws_.add_choice(here, names);
}

template <class T>
void form_reader::read_map(const value& from, T& into, const json_place& here) {
  const auto* const members = read_object(from, here, flaws_);
  if (members == nullptr) return;
  into.clear();
  for (const auto& each : *members) {
    const std::string_view name(each.key().data(), each.key().size());
    typename T::mapped_type read_one{};
    read(each.value(), read_one, json_place(here, name));
    into.emplace(std::string(name), std::move(read_one));
  }
}

template <class T>
void form_reader::read_sequence(const value& from, T& into, const json_place& here) {
  const auto* const elements = read_array(from, here, flaws_);
  if (elements == nullptr) return;
  into.clear();
  std::size_t index = 0;
  for (const auto& each : *elements) {
    typename T::value_type read_one{};
    read(each, read_one, json_place(here, index++));
    into.insert(into.end(), std::move(read_one));
  }
}

template <class T>
void form_reader::read_fixed(const value& from, T& into, const json_place& here) {
  const auto* const elements = read_array_of(std::size(into), from, here, flaws_);
  if (elements == nullptr) return;
  for (std::size_t index = 0; index < std::size(into); ++index) {
    read((*elements)[index], into[index], json_place(here, index));
  }
}

template <class T>
void form_reader::read_tuple(const value& from, T& into, const json_place& here) {
  const auto* const elements = read_array_of(std::tuple_size_v<T>, from, here, flaws_);
  if (elements == nullptr) return;
  std::size_t index = 0;
  const auto read_next = [&](auto& each) {
    read((*elements)[index], each, json_place(here, index));
    ++index;
  };
  std::apply([&read_next](auto&... all) { (read_next(all), ...); }, into);
}

template <class T>
void form_reader::read_variant(const value& from, T& into, const json_place& here) {
  const auto fits = [&]<std::size_t index>(std::in_place_index_t<index>) {
    form_reader trial(policy_);
    trial.read(from, into.template emplace<index>(), here);
    return trial.flaws().empty();
  };
  const auto any_fits = [&fits]<std::size_t... indices>(std::index_sequence<indices...>) {
    return (fits(std::in_place_index<indices>) || ...);
  };
  const bool found = any_fits(std::make_index_sequence<std::variant_size_v<T>>());
  if (!found) flaws_.add(here, "fits none of the forms that it may have");
}

template <class T>
std::optional<T> form_reader::convert(const value& from, const json_place& here) {
  static_assert(boost::json::has_value_to<T>::value,
                "describe T with BOOST_DESCRIBE_STRUCT, or give it a tag_invoke of Boost.JSON");
  auto made = boost::json::try_value_to<T>(from);
  if (made.has_value()) return *std::move(made);
  flaws_.add(here, "does not fit: " + made.error().message());
  return std::nullopt;
}

template <class T>
void form_reader::read_otherwise(const value& from, T& into, const json_place& here) {
  auto made = convert<T>(from, here);
  if (made) into = *std::move(made);
}

}  // namespace sluice
