#include "app/call_signal.hpp"

#include "core/json_text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <utility>

namespace sluice {
namespace {

namespace json = boost::json;
using namespace std::string_view_literals;

constexpr std::array signal_names{
    std::pair{call_signal::kind::cancel, "cancel"sv},
    std::pair{call_signal::kind::unheard, "unheard"sv},
    std::pair{call_signal::kind::taken, "taken"sv},
};

std::string text_of(const json::object& from, std::string_view name) {
  const auto* const found = from.if_contains(name);
  const auto* const text = found == nullptr ? nullptr : found->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

}  // namespace

std::string call_channel(std::string_view topic) { return "sluice:calls:" + std::string(topic); }

std::string encode_signal(const call_signal& what) {
  json::object made;
  for (const auto& [kind, name] : signal_names) {
    if (kind == what.what) made["signal"] = name;
  }
  made["id"] = what.id;
  if (what.what == call_signal::kind::taken) {
    made["source_group"] = what.group;
    made["number"] = what.number;
  }
  return json::serialize(made);
}

std::optional<call_signal> decode_signal(std::string_view text) {
  std::string flaw;
  const auto read = read_json(text, flaw);
  const auto* const from = read.if_object();
  if (from == nullptr) return std::nullopt;
  const auto word = text_of(*from, "signal");
  call_signal made;
  made.id = text_of(*from, "id");
  made.group = text_of(*from, "source_group");
  if (const auto* const number = from->if_contains("number")) {
    boost::system::error_code wrong;
    made.number = number->to_number<std::uint64_t>(wrong);
  }
  for (const auto& [kind, name] : signal_names) {
    if (name != word) continue;
    made.what = kind;
    return made;
  }
  return std::nullopt;
}

}  // namespace sluice
