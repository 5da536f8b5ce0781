#include "core/json_text.hpp"

#include "sluice/core/error.hpp"

#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace sluice {
namespace json = boost::json;
namespace {

// Nesting costs the reader its stack, size its memory; the second is that of a reply's bulk string.
constexpr std::size_t max_depth = 64;
constexpr std::size_t max_bytes = std::size_t{16} << 20U;

// JSON knows neither NaN nor infinities; what is written for them depends on the version of Boost.
bool is_finite(const json::value& what) {
  if (const auto* const number = what.if_double()) return std::isfinite(*number);
  if (const auto* const list = what.if_array()) {
    return std::all_of(list->begin(), list->end(), is_finite);
  }
  if (const auto* const fields = what.if_object()) {
    return std::all_of(fields->begin(), fields->end(),
                       [](const auto& each) { return is_finite(each.value()); });
  }
  return true;
}

}  // namespace

json::value read_json(std::string_view text, std::string& flaw) {
  if (text.size() > max_bytes) {
    flaw = "it has more than 16 MiB";
    return nullptr;
  }
  json::parse_options accepted;
  accepted.max_depth = max_depth;
  json::parser parser(json::storage_ptr(), accepted);
  boost::system::error_code wrong;
  const auto parsed = parser.write_some(text.data(), text.size(), wrong);
  if (!wrong && parsed < text.size()) wrong = json::error::extra_data;
  if (wrong) {
    flaw = "wrong at byte " + std::to_string(parsed + 1) + " (" + wrong.message() + ')';
    return nullptr;
  }
  auto read = parser.release();
  // "1e400" is JSON, and would be infinite here.
  if (!is_finite(read)) flaw = "a number is beyond the range of a double";
  return read;
}

std::string write_json(const json::value& what, std::string_view subject) {
  auto text = json::serialize(what);
  std::string flaw;
  if (!is_finite(what)) flaw = "a number is not finite";
  // Text that is no UTF-8, or too deep: only reading it tells.
  if (flaw.empty()) read_json(text, flaw);
  if (flaw.empty()) return text;
  throw error(errc::invalid_argument,
              std::string(subject) +
                  " cannot be written as JSON, for it holds NaN, an infinity, text that is no "
                  "UTF-8, or too much: " +
                  flaw);
}

}  // namespace sluice
