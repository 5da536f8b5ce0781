#include "app/envelope.hpp"

#include "core/json_text.hpp"

#include "sluice/core/error.hpp"

#include <charconv>

namespace sluice {
namespace {

constexpr std::string_view value_field = "value";
constexpr std::string_view id_field = "id";
constexpr std::string_view source_field = "source_group";
constexpr std::string_view reply_field = "reply_stream";
constexpr std::string_view list_field = "feedback_topic";
constexpr std::string_view deadline_field = "deadline";
constexpr std::string_view trace_field = "traceparent";

std::optional<std::chrono::milliseconds> read_deadline(std::string_view text) {
  std::int64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, wrong] = std::from_chars(text.data(), end, number);
  if (wrong != std::errc() || stopped != end || number <= 0) return std::nullopt;
  return std::chrono::milliseconds(number);
}

[[noreturn]] void refuse(const entry& what, const std::string& why) {
  throw error(errc::malformed_message,
              diagnostics(why).stream(what.stream()).id(std::string(what.id_text())));
}

}  // namespace

fields encode_envelope(const envelope& what) {
  fields made(value_field, write_json(what.value, "the message"));
  const auto add = [&made](std::string_view name, const std::string& text) {
    if (!text.empty()) made.add(name, text);
  };
  add(id_field, what.id);
  add(source_field, what.source_group);
  add(reply_field, what.reply_stream);
  add(list_field, what.feedback_list);
  if (what.deadline) made.add(deadline_field, std::to_string(what.deadline->count()));
  add(trace_field, what.traceparent);
  return made;
}

envelope decode_envelope(const entry& what) {
  const auto value = what.find(value_field);
  if (!value) refuse(what, "it has no field 'value', so it is no message");
  envelope made;
  std::string flaw;
  made.value = read_json(*value, flaw);
  if (!flaw.empty()) refuse(what, "its value is no JSON: " + flaw);
  made.id = what.field(id_field);
  made.source_group = what.field(source_field);
  made.reply_stream = what.field(reply_field);
  made.feedback_list = what.field(list_field);
  made.deadline = read_deadline(what.field(deadline_field));
  made.traceparent = what.field(trace_field);
  return made;
}

}  // namespace sluice
