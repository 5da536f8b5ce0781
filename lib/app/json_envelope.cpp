#include "app/json_envelope.hpp"

#include "app/json_member.hpp"
#include "core/json_text.hpp"

#include "sluice/core/error.hpp"

namespace sluice {
namespace json = boost::json;
namespace {

std::optional<std::chrono::milliseconds> deadline_in(const json::object& from) {
  const auto* const found = from.if_contains("deadline");
  const auto* const number = found == nullptr ? nullptr : found->if_int64();
  if (number == nullptr || *number <= 0) return std::nullopt;
  return std::chrono::milliseconds(*number);
}

}  // namespace

std::string write_envelope_json(const envelope& what) {
  json::object made;
  const auto add = [&made](std::string_view key, const std::string& text) {
    if (!text.empty()) made[key] = text;
  };
  made["value"] = what.value;
  made["event"] = "message";
  add("feedback_topic", what.feedback_list);
  add("source_group", what.source_group);
  if (what.id != what.feedback_list) add("id", what.id);
  add("reply_stream", what.reply_stream);
  if (what.deadline) made["deadline"] = what.deadline->count();
  add("traceparent", what.traceparent);
  return write_json(made, "the message");
}

envelope read_envelope_json(std::string_view text) {
  std::string flaw;
  const auto read = read_json(text, flaw);
  if (!flaw.empty()) throw error(errc::malformed_message, "it is no JSON: " + flaw);
  const auto* const found = read.if_object();
  if (found == nullptr) {
    throw error(errc::malformed_message, "it is no JSON object, so it is no message");
  }
  envelope made;
  if (const auto* const value = found->if_contains("value")) made.value = *value;
  made.feedback_list = text_member(*found, "feedback_topic");
  made.source_group = text_member(*found, "source_group");
  made.id = text_member(*found, "id");
  if (made.id.empty()) made.id = made.feedback_list;
  made.reply_stream = text_member(*found, "reply_stream");
  made.deadline = deadline_in(*found);
  made.traceparent = text_member(*found, "traceparent");
  return made;
}

}  // namespace sluice
