// Stages between text, JSON and one's own types.
#pragma once

#include "sluice/core/read_form.hpp"
#include "sluice/core/write_form.hpp"
#include "sluice/flow/map.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace sluice::flow {

/// JSON of at most 16 MiB and 64 levels.
///
/// Throws `error` with `errc::malformed_message`, saying what is wrong with it.
boost::json::value parse_json(std::string_view text);
/// The text of a value.
///
/// Throws `error` with `errc::invalid_argument` for NaN, infinities and text that is no UTF-8.
std::string json_text(const boost::json::value& what);

/// Passes on texts as JSON values. One that is none fails.
inline auto from_json() {
  return flow::map([](const std::string& text) { return parse_json(text); });
}
/// Passes on texts of JSON as values of a described struct, or of another type that `form_reader`
/// reads. One that does not fit fails, naming each place that does not.
template <class T, unknown_fields policy = unknown_fields::refuse>
auto from_json() {
  return flow::map([](const std::string& text) { return read_form<T, policy>(parse_json(text)); });
}
/// Passes on JSON values, described structs, and whatever else `write_form` takes, as texts.
inline auto to_json() {
  return flow::map([]<class T>(const T& what) {
    if constexpr (unlike_json<T>) {
      return json_text(write_form(what));
    } else {
      return json_text(boost::json::value(what));
    }
  });
}

}  // namespace sluice::flow
