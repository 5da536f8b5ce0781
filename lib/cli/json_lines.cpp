#include "json_lines.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstdint>
#include <stdexcept>

namespace sluice::cli {
namespace json = boost::json;
namespace {

// How many bytes the UTF-8 character at `at` has; 0 when there is none (RFC 3629).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(at);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0U) != 0x80U) return 0;
  }
  const auto second = byte(at + 1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool beyond = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
  return overlong || beyond ? 0 : length;
}

std::string printable(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto length = utf8_length(bytes, at);
    if (length > 0) {
      text.append(bytes.substr(at, length));
      at += length;
      continue;
    }
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    text.append("\xef\xbf\xbd").push_back(digits[byte >> 4U]);
    text.push_back(digits[byte & 15U]);
  }
  return text;
}

}  // namespace

fields fields_of(std::string_view line) {
  boost::system::error_code failure;
  const auto parsed = json::parse(json::string_view(line.data(), line.size()), failure);
  if (failure) throw std::invalid_argument("is no JSON: " + failure.message());
  if (!parsed.is_object()) throw std::invalid_argument("is no JSON object");
  fields made;
  for (const auto& [name, value] : parsed.get_object()) {
    const auto text = value.is_string() ? std::string(value.get_string()) : json::serialize(value);
    made.add(std::string_view(name.data(), name.size()), text);
  }
  if (made.empty()) throw std::invalid_argument("has no fields");
  return made;
}

std::string line_of(const entry& what) {
  json::object values;
  for (const auto& [name, value] : what.fields()) {
    const auto base = printable(name);
    auto unique = base;
    for (int n = 2; values.contains(unique); ++n) unique = base + '#' + std::to_string(n);
    values[unique] = printable(value);
  }
  json::object line;
  line["stream"] = printable(what.stream());
  line["id"] = std::string(what.id_text());
  line["fields"] = std::move(values);
  return json::serialize(line);
}

}  // namespace sluice::cli
