// Steps through a complete, checked reply, byte by byte and without looking back.
#pragma once

#include <sluice/resp/value.hpp>

#include <array>
#include <cstddef>
#include <string_view>

// Nothing here checks for the end of the bytes: the scanner has seen every header and line end of
// the frame, and a walk goes nowhere that the scanner did not go.

namespace sluice::resp {

/// How a value with a given type byte is laid out.
struct layout {
  kind is = kind::null;
  unsigned char parts = 0;  // a line has none, a string one; of an aggregate, children a count
  bool aggregate = false;
  bool attribute = false;
};

inline constexpr std::array<layout, 256> layouts = [] {
  // Null is named although layout's initializer says it: GCC 12.2, from -O1 on, reads an element
  // that no assignment names as zeros.
  std::array<layout, 256> by_type{};
  by_type['_'] = {kind::null};
  by_type['+'] = {kind::simple_string};
  by_type['-'] = {kind::simple_error};
  by_type[':'] = {kind::integer};
  by_type['#'] = {kind::boolean};
  by_type[','] = {kind::floating};
  by_type['('] = {kind::big_number};
  by_type['$'] = {kind::bulk_string, 1};
  by_type['!'] = {kind::bulk_error, 1};
  by_type['='] = {kind::verbatim_string, 1};
  by_type['*'] = {kind::array, 1, true};
  by_type['~'] = {kind::set, 1, true};
  by_type['>'] = {kind::push, 1, true};
  by_type['%'] = {kind::map, 2, true};
  by_type['|'] = {kind::map, 2, true, true};
  return by_type;
}();

/// A value without its children.
struct head {
  layout type;
  const char* body;    // behind the header; of a line, behind the type byte
  std::size_t length;  // bytes of the text, or how many children

  bool is_string() const noexcept {
    return type.is == kind::bulk_string || type.is == kind::simple_string ||
           type.is == kind::verbatim_string;
  }
  /// As `value::text()`.
  std::string_view text() const noexcept {
    if (type.aggregate || type.is == kind::null || type.is == kind::boolean) return {};
    const std::size_t format = type.is == kind::verbatim_string ? 4 : 0;
    return {body + format, length - format};
  }
  /// What follows the value when it is no aggregate.
  const char* past_text() const noexcept { return body + length + 2; }
};

inline head read_line(const char* first, layout type) noexcept {
  const char* at = first;
  while (*at != '\r') ++at;
  return {type, first, static_cast<std::size_t>(at - first)};
}

/// The value, or the attribute, whose type byte is at `first`.
inline head read_head(const char* first) noexcept {
  const layout type = layouts[static_cast<unsigned char>(*first)];
  const char* at = first + 1;
  if (type.parts == 0) return read_line(at, type);
  if (*at == '-') return read_line(at, layout());
  std::size_t count = 0;
  for (; *at != '\r'; ++at) count = count * 10 + static_cast<std::size_t>(*at - '0');
  return {type, at + 2, count * type.parts};
}

/// Past `count` values with all they contain. Counting what is still to come replaces a stack.
inline const char* skip(const char* at, std::size_t count) noexcept {
  while (count != 0) {
    const head next = read_head(at);
    if (!next.type.attribute) --count;
    if (next.type.aggregate) {
      count += next.length;
      at = next.body;
    } else {
      at = next.past_text();
    }
  }
  return at;
}

/// Past the attributes at `at`, if there are any: where the value itself begins.
inline const char* skip_attributes(const char* at) noexcept {
  while (*at == '|') {
    const head attribute = read_head(at);
    at = skip(attribute.body, attribute.length);
  }
  return at;
}

/// The value at `at`, or behind the attributes there.
inline head read_value(const char* at) noexcept { return read_head(skip_attributes(at)); }

/// What follows the value that `found` is the head of.
inline const char* past(const head& found) noexcept {
  return found.type.aggregate ? skip(found.body, found.length) : found.past_text();
}

}  // namespace sluice::resp
