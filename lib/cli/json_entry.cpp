#include "cli/json_entry.hpp"

#include "sluice/core/utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <unordered_map>
#include <vector>

namespace sluice::cli {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD

void append_hex(std::string& to, unsigned char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  to.push_back(digits[byte >> 4U]);
  to.push_back(digits[byte & 15U]);
}

// These steer some terminals, and entries are anybody's: U+007F, and U+0080 to U+009F.
bool is_unseen_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  const auto last = static_cast<unsigned char>(character.back());
  return first == 0x7f || (first == 0xc2 && last < 0xa0);
}

void append_escaped(std::string& to, std::string_view control) {
  to.append("\\u00");
  append_hex(to, static_cast<unsigned char>(control.back()));
}

// One character, or a byte that is none.
void append_character(std::string& to, std::string_view character, bool valid) {
  const auto first = static_cast<unsigned char>(character.front());
  if (!valid || character == replacement) {
    for (const char each : character) {
      to.append(replacement);
      append_hex(to, static_cast<unsigned char>(each));
    }
  } else if (first == '"' || first == '\\') {
    to.append("\\").append(character);
  } else if (first == '\n') {
    to.append("\\n");
  } else if (first == '\t') {
    to.append("\\t");
  } else if (first < 0x20 || is_unseen_control(character)) {
    append_escaped(to, character);
  } else {
    to.append(character);
  }
}

/// The values of one name.
class named_values {
 public:
  explicit named_values(std::string_view name) : name_(name) {}
  void add(std::string_view value) { values_.push_back(value); }
  void append_to(std::string& line) const {
    append_json_string(line, name_);
    line.push_back(':');
    if (values_.size() > 1) line.push_back('[');
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (i > 0) line.push_back(',');
      append_json_string(line, values_[i]);
    }
    if (values_.size() > 1) line.push_back(']');
  }

 private:
  std::string_view name_;
  std::vector<std::string_view> values_;
};

std::vector<named_values> by_name(const field_views& fields) {
  std::vector<named_values> names;
  std::unordered_map<std::string_view, std::size_t> known;
  for (const auto& [name, value] : fields) {
    const auto [place, is_new] = known.try_emplace(name, names.size());
    if (is_new) names.emplace_back(name);
    names[place->second].add(value);
  }
  return names;
}

}  // namespace

void append_json_string(std::string& to, std::string_view bytes) {
  to.push_back('"');
  while (!bytes.empty()) {
    const auto length = utf8_length(bytes);
    const auto character = bytes.substr(0, length == 0 ? 1 : length);
    append_character(to, character, length != 0);
    bytes.remove_prefix(character.size());
  }
  to.push_back('"');
}

// Only characters inside of strings can be control characters.
void append_json(std::string& to, std::string_view json) {
  while (!json.empty()) {
    const auto character = json.substr(0, std::max<std::size_t>(utf8_length(json), 1));
    if (is_unseen_control(character)) {
      append_escaped(to, character);
    } else {
      to.append(character);
    }
    json.remove_prefix(character.size());
  }
}

void append_json_fields(std::string& to, const field_views& fields) {
  to.push_back('{');
  bool first = true;
  for (const auto& each : by_name(fields)) {
    if (!first) to.push_back(',');
    first = false;
    each.append_to(to);
  }
  to.push_back('}');
}

std::string json_line(const entry& what) {
  std::string line = "{\"stream\":";
  append_json_string(line, what.stream());
  line.append(",\"id\":\"").append(what.id_text()).append("\",\"fields\":");
  field_views fields;
  for (const auto& each : what.fields()) fields.push_back(each);
  append_json_fields(line, fields);
  return line.append("}");
}

}  // namespace sluice::cli
