#include "cli/json_fields.hpp"

#include "cli/read_json.hpp"

#include <boost/json/parse.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>

namespace sluice::cli {
namespace json = boost::json;
namespace {

constexpr std::string_view space = " \t\r\n";

/// Steps over JSON that has been checked, so that the text of each value can be cut out: a parsed
/// number would not be written as it was, and of repeated names only one would be left.
class cursor {
 public:
  explicit cursor(std::string_view text) : text_(text) {}

  /// Steps over `c` if it is next.
  bool accept(char c) {
    at_ = text_.find_first_not_of(space, at_);
    if (text_[at_] != c) return false;
    ++at_;
    return true;
  }

  /// Steps over the next value and gives its text.
  std::string_view value() {
    const auto begin = at_ = text_.find_first_not_of(space, at_);
    std::size_t depth = 0;
    do {
      const char first = text_[at_];
      if (first == '"') {
        skip_string();
      } else if (first == '{' || first == '[') {
        ++depth, ++at_;
      } else if (first == '}' || first == ']') {
        --depth, ++at_;
      } else {
        skip_plain();
      }
    } while (depth > 0);
    return text_.substr(begin, at_ - begin);
  }

 private:
  void skip_string() {
    for (++at_; text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    ++at_;
  }
  // A number or a word, or what stands between values inside of brackets.
  void skip_plain() { at_ = text_.find_first_of(",:\"{}[] \t\r\n", at_ + 1); }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string unquote(std::string_view text) {
  if (text.find('\\') == std::string_view::npos)
    return std::string(text.substr(1, text.size() - 2));
  return std::string(json::parse(json::string_view(text.data(), text.size())).as_string());
}

}  // namespace

fields fields_of(std::string_view line) {
  if (!read_json(line).is_object()) throw std::invalid_argument("no JSON object");
  fields made;
  cursor at(line);
  at.accept('{');
  while (!at.accept('}')) {
    const auto name = unquote(at.value());
    at.accept(':');
    const auto value = at.value();
    made.add(name, value.front() == '"' ? unquote(value) : std::string(value));
    at.accept(',');
  }
  if (made.empty())
    throw std::invalid_argument("an object without members, but an entry has fields");
  return made;
}

}  // namespace sluice::cli
