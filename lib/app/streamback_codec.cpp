#include "app/streamback_codec.hpp"

#include "core/json_text.hpp"

#include "sluice/core/error.hpp"

#include <boost/json/object.hpp>

#include <utility>

namespace sluice {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& what, std::string_view name) {
  const auto* const found = what.if_contains(name);
  const auto* const text = found == nullptr ? nullptr : found->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

}  // namespace

std::string encode_streamback(const envelope& what) {
  json::object made;
  made["value"] = what.value;
  made["event"] = "message";
  const auto add = [&made](std::string_view name, const std::string& text) {
    if (!text.empty()) made[name] = text;
  };
  add("feedback_topic", what.feedback_list);
  add("source_group", what.source_group);
  add("id", what.id);
  add("reply_stream", what.reply_stream);
  if (what.deadline) made["deadline"] = what.deadline->count();
  add("traceparent", what.traceparent);
  return write_json(made, "the message");
}

envelope decode_streamback(std::string_view text) {
  std::string flaw;
  auto whole = read_json(text, flaw);
  if (!flaw.empty()) throw error(errc::malformed_message, "the message is no JSON: " + flaw);
  auto* const from = whole.if_object();
  if (from == nullptr) throw error(errc::malformed_message, "the message is no JSON object");
  envelope made;
  made.id = text_of(*from, "id");
  made.source_group = text_of(*from, "source_group");
  made.reply_stream = text_of(*from, "reply_stream");
  made.feedback_list = text_of(*from, "feedback_topic");
  made.traceparent = text_of(*from, "traceparent");
  const auto* const until = from->if_contains("deadline");
  const auto* const number = until == nullptr ? nullptr : until->if_int64();
  if (number != nullptr && *number > 0) made.deadline = std::chrono::milliseconds(*number);
  if (auto* const value = from->if_contains("value")) made.value = std::move(*value);
  return made;
}

}  // namespace sluice
