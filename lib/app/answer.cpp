#include "app/answer.hpp"

#include "core/json_text.hpp"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace sluice {
namespace {

using namespace std::string_view_literals;

constexpr std::array answer_names{
    std::pair{answer::kind::response, "response"sv},
    std::pair{answer::kind::last_response, "last_response"sv},
    std::pair{answer::kind::end, "response_end"sv},
    std::pair{answer::kind::failure, "response_end_with_error"sv},
};

std::string_view name_of(answer::kind what) {
  for (const auto& [kind, name] : answer_names) {
    if (kind == what) return name;
  }
  return {};
}

std::optional<answer::kind> kind_named(std::string_view text) {
  for (const auto& [kind, name] : answer_names) {
    if (name == text) return kind;
  }
  return std::nullopt;
}

}  // namespace

fields encode_answer(const answer& what, const std::string& text) {
  fields made("id", what.id);
  made.add("event", name_of(what.what));
  made.add("source_group", what.source_group);
  made.add("number", std::to_string(what.number));
  if (what.has_value()) made.add("value", text);
  if (what.what == answer::kind::failure) made.add("error", text);
  return made;
}

std::optional<answer> decode_answer(const entry& what) {
  const auto kind = kind_named(what.field("event"));
  if (!kind) return std::nullopt;
  answer made;
  made.what = *kind;
  made.id = what.field("id");
  made.source_group = what.field("source_group");
  const auto number = what.field("number");
  std::from_chars(number.data(), number.data() + number.size(), made.number);
  made.error_text = what.field("error");
  if (!made.has_value()) return made;
  std::string flaw;
  made.value = read_json(what.field("value"), flaw);
  if (!flaw.empty()) return std::nullopt;
  return made;
}

}  // namespace sluice
