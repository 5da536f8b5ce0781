#include "app/json_answer.hpp"

#include "app/json_member.hpp"
#include "core/json_text.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace sluice {
namespace json = boost::json;
namespace {

constexpr std::string_view response = "response";
constexpr std::string_view end = "response_end";
constexpr std::string_view failure = "response_end_with_error";

std::string write(json::object made, const answer& what, std::uint64_t number) {
  made["source_group"] = what.source_group;
  if (number > 0) made["number"] = number;
  return write_json(made, "the answer");
}

std::uint64_t number_in(const json::object& from) {
  const auto* const found = from.if_contains("number");
  const auto* const number = found == nullptr ? nullptr : found->if_int64();
  return number == nullptr || *number < 0 ? 0 : static_cast<std::uint64_t>(*number);
}

// What an exception says may be in any encoding; whoever waits has to hear of the failure anyway.
std::string as_utf8(std::string text) {
  std::string flaw;
  read_json(json::serialize(json::value(text)), flaw);
  if (flaw.empty()) return text;
  std::replace_if(
      text.begin(), text.end(), [](char each) { return static_cast<unsigned char>(each) > 0x7f; },
      '?');
  return text;
}

}  // namespace

std::vector<std::string> write_answer_json(const answer& what) {
  std::vector<std::string> made;
  auto number = what.number;
  if (what.has_value()) {
    json::object first;
    first["value"] = what.value;
    first["event"] = response;
    made.push_back(write(std::move(first), what, number));
    if (number > 0) ++number;
  }
  if (what.is_end()) {
    const bool failed = what.what == answer::kind::failure;
    json::object last;
    last["event"] = failed ? failure : end;
    last["error"] = failed ? json::value(as_utf8(what.error_text)) : json::value(nullptr);
    made.push_back(write(std::move(last), what, number));
  }
  return made;
}

std::optional<answer> read_answer_json(std::string_view text) {
  std::string flaw;
  const auto read = read_json(text, flaw);
  const auto* const found = read.if_object();
  if (found == nullptr) return std::nullopt;
  answer made;
  made.source_group = text_member(*found, "source_group");
  made.number = number_in(*found);
  const auto event = text_member(*found, "event");
  if (event == failure) {
    made.what = answer::kind::failure;
    made.error_text = text_member(*found, "error");
  } else if (event == end) {
    made.what = answer::kind::end;
  } else if (const auto* const value = found->if_contains("value")) {
    made.value = *value;
  } else {
    return std::nullopt;
  }
  return made;
}

}  // namespace sluice
