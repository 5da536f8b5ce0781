#include "resp/fault.hpp"

#include <string_view>

namespace sluice::resp {
namespace {

std::string_view complaint(fault_kind kind) noexcept {
  switch (kind) {
    case fault_kind::none:
      return "no fault";
    case fault_kind::unknown_type:
      return "unknown type byte";
    case fault_kind::streamed_type:
      return "streamed type refused";
    case fault_kind::bad_length:
      return "length is not a plain decimal number";
    case fault_kind::bad_terminator:
      return "line end expected";
    case fault_kind::bad_number:
      return "not a 64-bit integer";
    case fault_kind::bad_double:
      return "not a floating point number";
    case fault_kind::bad_big_number:
      return "not a big number";
    case fault_kind::bad_boolean:
      return "not a boolean";
    case fault_kind::bad_null:
      return "not a null";
    case fault_kind::bad_verbatim:
      return "verbatim string without a format";
    case fault_kind::misplaced_push:
      return "push inside a reply";
    case fault_kind::line_too_long:
      return "line length";
    case fault_kind::bulk_too_long:
      return "bulk length";
    case fault_kind::too_many_elements:
      return "element count";
    case fault_kind::too_deep:
      return "nesting depth";
    case fault_kind::reply_too_long:
      return "reply length";
  }
  return "unknown fault";
}

bool passed_limit(fault_kind kind) noexcept { return kind >= fault_kind::line_too_long; }

bool names_byte(fault_kind kind) noexcept {
  return kind == fault_kind::unknown_type || kind == fault_kind::bad_terminator;
}

// The byte is received data, so it is shown as a number and never as itself.
std::string hex_byte(std::uint64_t byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  return {'0', 'x', digits[byte >> 4 & 15], digits[byte & 15]};
}

}  // namespace

std::string to_string(const fault& f) {
  std::string text(complaint(f.kind));
  if (passed_limit(f.kind)) {
    text += ' ' + std::to_string(f.value) + " above limit " + std::to_string(f.limit);
  } else if (names_byte(f.kind)) {
    text += ", got " + hex_byte(f.value);
  }
  if (f.kind != fault_kind::none) text += " at byte " + std::to_string(f.offset);
  return text;
}

}  // namespace sluice::resp
