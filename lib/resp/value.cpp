#include <sluice/resp/value.hpp>

#include "resp/number_grammar.hpp"
#include "resp/scanner.hpp"
#include "resp/walk.hpp"

#include <array>
#include <stdexcept>
#include <string>

namespace sluice::resp {

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
  made.read_head(skip_attributes(first));
  made.first_ = first;
  return made;
}

void value::read_head(const char* type) noexcept {
  const head found = resp::read_head(type);
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
    const head attribute = resp::read_head(next);
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
