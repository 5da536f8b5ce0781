// Plain values out of JSON. Each function tells `flaws` of what is of another kind, or out of
// range, and gives something empty then.
#pragma once

#include "sluice/core/form_flaws.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// A whole number from `least` to `most`. What is written as `3.0` is one.
std::int64_t read_signed(const boost::json::value& from, const json_place& where,
                         std::int64_t least, std::int64_t most, form_flaws& flaws);
/// A whole number from 0 to `most`.
std::uint64_t read_unsigned(const boost::json::value& from, const json_place& where,
                            std::uint64_t most, form_flaws& flaws);
/// A number whose magnitude is at most `most`.
double read_real(const boost::json::value& from, const json_place& where, double most,
                 form_flaws& flaws);
/// True or false.
bool read_bool(const boost::json::value& from, const json_place& where, form_flaws& flaws);
/// A text, as long as `from` lives.
std::string_view read_text(const boost::json::value& from, const json_place& where,
                           form_flaws& flaws);
/// An object; null where there is none.
const boost::json::object* read_object(const boost::json::value& from, const json_place& where,
                                       form_flaws& flaws);
/// An array; null where there is none.
const boost::json::array* read_array(const boost::json::value& from, const json_place& where,
                                     form_flaws& flaws);
/// An array of `size` elements; null where there is none.
const boost::json::array* read_array_of(std::size_t size, const boost::json::value& from,
                                        const json_place& where, form_flaws& flaws);

}  // namespace sluice
