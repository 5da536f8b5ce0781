#include "app/envelope.hpp"

#include "core/json_text.hpp"

#include "sluice/core/error.hpp"

#include <charconv>
#include <cstddef>

namespace sluice {
namespace {

constexpr std::string_view value_field = "value";
constexpr std::string_view id_field = "id";
constexpr std::string_view source_field = "source_group";
constexpr std::string_view reply_field = "reply_stream";
constexpr std::string_view list_field = "feedback_topic";
constexpr std::string_view deadline_field = "deadline";
constexpr std::string_view trace_field = "traceparent";
constexpr std::string_view key_field = "key";

std::optional<std::chrono::milliseconds> read_deadline(std::string_view text) {
  std::int64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, wrong] = std::from_chars(text.data(), end, number);
  if (wrong != std::errc() || stopped != end || number <= 0) return std::nullopt;
  return std::chrono::milliseconds(number);
}

// Gives each field to `add`.
template <class Add>
void write_fields(const envelope& what, Add add) {
  const auto add_known = [&add](std::string_view name, const std::string& text) {
    if (!text.empty()) add(name, text);
  };
  add(value_field, write_json(what.value, "the message"));
  add_known(id_field, what.id);
  add_known(source_field, what.source_group);
  add_known(reply_field, what.reply_stream);
  add_known(list_field, what.feedback_list);
  if (what.deadline) add(deadline_field, std::to_string(what.deadline->count()));
  add_known(trace_field, what.traceparent);
}

// `find` gives the text of a field, if there is one; `refuse` throws.
template <class Find, class Refuse>
envelope read_fields(Find find, Refuse refuse) {
  const std::optional<std::string_view> value = find(value_field);
  if (!value) refuse("it has no field 'value', so it is no message");
  const auto text = [&find](std::string_view name) {
    return std::optional<std::string_view>(find(name)).value_or(std::string_view());
  };
  envelope made;
  std::string flaw;
  made.value = read_json(*value, flaw);
  if (!flaw.empty()) refuse("its value is no JSON: " + flaw);
  made.id = text(id_field);
  made.source_group = text(source_field);
  made.reply_stream = text(reply_field);
  made.feedback_list = text(list_field);
  made.deadline = read_deadline(text(deadline_field));
  made.traceparent = text(trace_field);
  return made;
}

}  // namespace

fields encode_envelope(const envelope& what) {
  fields made;
  write_fields(what,
               [&made](std::string_view name, const std::string& text) { made.add(name, text); });
  return made;
}

std::vector<std::string> envelope_words(const envelope& what) {
  std::vector<std::string> made;
  write_fields(what, [&made](std::string_view name, const std::string& text) {
    made.emplace_back(name);
    made.push_back(text);
  });
  return made;
}

envelope decode_envelope(const entry& what) {
  return read_fields([&what](std::string_view name) { return what.find(name); },
                     [&what](const std::string& why) {
                       throw error(
                           errc::malformed_message,
                           diagnostics(why).stream(what.stream()).id(std::string(what.id_text())));
                     });
}

envelope decode_envelope(const std::vector<std::string>& words) {
  const auto find = [&words](std::string_view name) -> std::optional<std::string_view> {
    for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
      if (words[i] == name) return words[i + 1];
    }
    return std::nullopt;
  };
  auto made =
      read_fields(find, [](const std::string& why) { throw error(errc::malformed_message, why); });
  made.key = find(key_field).value_or(std::string_view());
  return made;
}

}  // namespace sluice
