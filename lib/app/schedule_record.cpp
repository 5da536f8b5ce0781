#include "app/schedule_record.hpp"

#include "core/json_text.hpp"

#include "sluice/core/error.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value_to.hpp>

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace sluice {
namespace {

namespace json = boost::json;
using namespace std::string_view_literals;

constexpr std::array names_of_missed{
    std::pair{missed::skip, "skip"sv},
    std::pair{missed::latest, "latest"sv},
    std::pair{missed::all, "all"sv},
};
constexpr std::array names_of_dialects{
    std::pair{cron_dialect::standard, "standard"sv},
    std::pair{cron_dialect::streamback, "streamback"sv},
};

template <class Names, class Value>
std::string_view name_of(const Names& names, Value what) {
  for (const auto& [value, name] : names) {
    if (value == what) return name;
  }
  return {};
}

template <class Names>
auto value_named(const Names& names, std::string_view text) {
  for (const auto& [value, name] : names) {
    if (name == text) return value;
  }
  throw error(errc::malformed_message, "a schedule with an unknown word: it is of a newer Sluice");
}

json::object encode_when(const schedule& what) {
  json::object made;
  if (const auto* const times = std::get_if<cron>(&what.when())) {
    made["cron"] = times->expression();
    made["zone"] = times->zone();
    made["dialect"] = name_of(names_of_dialects, times->dialect());
  } else {
    made["interval_ms"] = std::get<schedule::milliseconds>(what.when()).count();
  }
  return made;
}

json::object read_object(const std::string& text) {
  std::string flaw;
  auto read = read_json(text, flaw);
  if (!flaw.empty()) throw error(errc::malformed_message, "a schedule that is no JSON: " + flaw);
  return std::move(read.as_object());
}

schedule::milliseconds milliseconds_in(const json::object& from, std::string_view name) {
  return schedule::milliseconds(from.at(name).to_number<std::int64_t>());
}

std::string text_in(const json::object& from, std::string_view name) {
  return json::value_to<std::string>(from.at(name));
}

schedule decode_when(const json::object& from) {
  if (from.contains("interval_ms")) return schedule(milliseconds_in(from, "interval_ms"));
  cron times(text_in(from, "cron"), value_named(names_of_dialects, text_in(from, "dialect")));
  times.in_zone(text_in(from, "zone"));
  return schedule(std::move(times));
}

}  // namespace

schedule_record encode_schedule(const schedule& what) {
  json::object task;
  task["topic"] = what.topic();
  task["value"] = what.value();
  task["missed"] = name_of(names_of_missed, what.missed());
  task["at_most"] = what.at_most();
  task["not_older_than_ms"] = what.not_older_than().count();
  task["jitter_ms"] = what.jitter().count();
  schedule_record made;
  made.when = write_json(encode_when(what), "the schedule");
  made.task = write_json(std::move(task), "the schedule");
  return made;
}

schedule decode_schedule(const schedule_record& what, const std::string& name) {
  auto made = decode_when(read_object(what.when));
  auto task = read_object(what.task);
  made.named(name)
      .then(text_in(task, "topic"), std::move(task.at("value")))
      .missed(value_named(names_of_missed, text_in(task, "missed")))
      .at_most(task.at("at_most").to_number<std::size_t>())
      .not_older_than(milliseconds_in(task, "not_older_than_ms"))
      .jitter(milliseconds_in(task, "jitter_ms"));
  return made;
}

}  // namespace sluice
