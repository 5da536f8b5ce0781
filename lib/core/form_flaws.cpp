#include "sluice/core/form_flaws.hpp"

#include <algorithm>

namespace sluice {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_name = 64;
constexpr std::size_t most_choices = 12;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

// Names of members may come from whoever sent the value: they must not break a line of a log.
std::string shown(std::string_view name) {
  if (!name.empty() && name.size() <= longest_name &&
      std::all_of(name.begin(), name.end(), is_plain)) {
    return std::string(name);
  }
  std::string text(name.substr(0, longest_name));
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\'' || c == 0x7f; }, '?');
  // A character that is cut in two is no UTF-8.
  const auto is_rest = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; };
  if (text.size() < name.size()) {
    while (!text.empty() && is_rest(name[text.size()])) text.pop_back();
    text += "...";
  }
  return '\'' + text + '\'';
}

std::string_view kind_of(const json::value& what) {
  switch (what.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
    default:
      return "a number";
  }
}

}  // namespace

std::string json_place::to_string() const {
  if (around_ == nullptr) return {};
  auto path = around_->to_string();
  if (index_ != no_index) return path + '[' + std::to_string(index_) + ']';
  if (!path.empty()) path += '.';
  return path + shown(name_);
}

void form_flaws::add(const json_place& where, std::string_view what) {
  if (++count_ > kept_at_most) return;
  auto line = where.to_string();
  if (!line.empty()) line += ": ";
  lines_.push_back(line.append(what));
}

void form_flaws::add_kind(const json_place& where, std::string_view expected,
                          const json::value& found) {
  std::string text = "expected ";
  add(where, text.append(expected).append(", got ").append(kind_of(found)));
}

void form_flaws::add_choice(const json_place& where, const std::vector<std::string_view>& names) {
  std::string text = "expected one of ";
  const auto shown_names = std::min(names.size(), most_choices);
  for (std::size_t i = 0; i < shown_names; ++i) {
    if (i > 0) text += ", ";
    text.append(names[i]);
  }
  if (shown_names < names.size()) text += ", ...";
  add(where, text);
}

std::string form_flaws::to_string() const {
  std::string text;
  for (const auto& each : lines_) text.append(text.empty() ? "" : "; ").append(each);
  if (count_ > lines_.size()) text += "; and " + std::to_string(count_ - lines_.size()) + " more";
  return text;
}

}  // namespace sluice
