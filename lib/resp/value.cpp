#include <sluice/resp/value.hpp>

#include "resp/number_grammar.hpp"
#include "resp/scanner.hpp"

#include <array>
#include <stdexcept>
#include <string>

// Nothing here checks for the end of the bytes: the scanner has seen every header and line end of
// the frame, and a walk goes nowhere that the scanner did not go.

namespace sluice::resp {
namespace {

// How a value with a given type byte is laid out.
struct layout {
  kind is = kind::null;
  unsigned char parts = 0;  // a line has none, a string one; of an aggregate, children a count
  bool aggregate = false;
  bool attribute = false;
};

constexpr std::array<layout, 256> layouts = [] {
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

struct head {
  layout type;
  const char* body;    // behind the header; of a line, behind the type byte
  std::size_t length;  // bytes of the text, or how many children

  // What follows the value when it is no aggregate.
  const char* past_text() const noexcept { return body + length + 2; }
};

head read_line(const char* first, layout type) noexcept {
  const char* at = first;
  while (*at != '\r') ++at;
  return {type, first, static_cast<std::size_t>(at - first)};
}

inline head read(const char* first) noexcept {
  const layout type = layouts[static_cast<unsigned char>(*first)];
  const char* at = first + 1;
  if (type.parts == 0) return read_line(at, type);
  if (*at == '-') return read_line(at, layout());
  std::size_t count = 0;
  for (; *at != '\r'; ++at) count = count * 10 + static_cast<std::size_t>(*at - '0');
  return {type, at + 2, count * type.parts};
}

// Past `count` values with all they contain. Counting what is still to come replaces a stack.
const char* skip(const char* at, std::size_t count) noexcept {
  while (count != 0) {
    const head next = read(at);
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

}  // namespace

std::string_view to_string(kind k) noexcept {
  constexpr std::array<std::string_view, 14> names = {
      "simple string", "simple error", "integer",    "bulk string",     "array", "null", "boolean",
      "double",        "big number",   "bulk error", "verbatim string", "map",   "set",  "push"};
  const auto index = static_cast<std::size_t>(k);
  return index < names.size() ? names[index] : "unknown";
}

value value::at(const char* first) noexcept {
  value made;
  if (first == nullptr) return made;
  const char* type = first;
  while (*type == '|') {
    const head attribute = read(type);
    type = skip(attribute.body, attribute.length);
  }
  made.read_head(type);
  made.first_ = first;
  return made;
}

void value::read_head(const char* type) noexcept {
  const head found = read(type);
  head_ = type;
  body_ = found.body;
  length_ = found.length;
  kind_ = found.type.is;
}

const char* value::past() const noexcept {
  return is_aggregate() ? skip(body_, length_) : body_ + length_ + 2;
}

std::string_view value::raw() const noexcept {
  if (head_ == nullptr) return {};
  return {head_, static_cast<std::size_t>(past() - head_)};
}

std::optional<std::int64_t> value::integer() const noexcept {
  if (kind_ == kind::integer) return parse_integer(text());
  return is_string() ? parse_whole<std::int64_t>(text()) : std::nullopt;
}

std::optional<double> value::floating() const noexcept {
  const bool number = kind_ == kind::floating || kind_ == kind::integer;
  if ((!number && !is_string()) || !is_floating(text())) return std::nullopt;
  return parse_whole<double>(without_plus(text()));
}

std::optional<bool> value::boolean() const noexcept {
  if (kind_ == kind::boolean) return *body_ == 't';
  if (kind_ != kind::integer) return std::nullopt;
  const auto number = integer();
  if (!number || *number < 0 || *number > 1) return std::nullopt;
  return *number == 1;
}

value value::operator[](std::size_t i) const noexcept {
  if (i >= size()) return {};
  return at(skip(body_, i));
}

value value::find(std::string_view key) const noexcept {
  if (kind_ != kind::map && kind_ != kind::array) return {};
  const char* at_key = body_;
  for (std::size_t pair = 0; pair < length_ / 2; ++pair) {
    const value found = at(at_key);
    const char* const at_value = found.past();
    if (found.is_string() && found.text() == key) return at(at_value);
    at_key = skip(at_value, 1);
  }
  return {};
}

value value::attribute() const noexcept {
  if (first_ == head_) return {};
  const char* nearest = first_;
  for (const char* next = nearest; next != head_;) {
    nearest = next;
    const head attribute = read(next);
    next = skip(attribute.body, attribute.length);
  }
  value made;
  made.read_head(nearest);
  made.first_ = first_;
  return made;
}

value parse_complete(std::string_view frame, const limits& bounds) {
  scanner check(bounds);
  switch (check.scan(frame)) {
    case scanner::status::malformed:
      throw std::invalid_argument("sluice: " + to_string(check.error()));
    case scanner::status::incomplete:
      throw std::invalid_argument("sluice: reply ends early at byte " +
                                  std::to_string(frame.size()));
    case scanner::status::complete:
      break;
  }
  if (check.size() != frame.size()) {
    throw std::invalid_argument("sluice: bytes behind the reply from byte " +
                                std::to_string(check.size()));
  }
  return value(frame);
}

}  // namespace sluice::resp
