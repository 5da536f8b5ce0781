#include "list/list_burial.hpp"

#include "group/burial.hpp"

#include "sluice/group/dead_letters.hpp"

namespace sluice {
namespace {

constexpr auto kept_at_most = "10000";

}  // namespace

// An element has no id, and nobody knows since when it was there.
std::vector<std::string> burial_words(const list_place& at, const element_death& cause,
                                      std::chrono::milliseconds now) {
  std::vector<std::string> words{dead_letters::stream_of(at.key), "MAXLEN", "~", kept_at_most, "*"};
  const auto add = [&words](std::string_view name, const std::string& value) {
    words.emplace_back(name);
    words.push_back(value);
  };
  add(burial_field::stream, at.key);
  add(burial_field::id, "0-0");
  add(burial_field::group, at.group);
  add(burial_field::consumer, "");
  add(burial_field::reason, cause.reason);
  add(burial_field::error, cause.error.empty() ? cause.reason : cause.error);
  add(burial_field::deliveries, std::to_string(cause.deliveries));
  add(burial_field::added_at, "0");
  add(burial_field::died_at, std::to_string(now.count()));
  add("push", at.end == list_end::left ? "RPUSH" : "LPUSH");
  words.emplace_back("element");
  return words;
}

command list_burial(const list_place& at, const std::string& element, const element_death& cause,
                    std::chrono::milliseconds now) {
  command add("XADD");
  for (const auto& each : burial_words(at, cause, now)) add.arg(each);
  add.arg(element);
  return add;
}

void tell_burial(const connection& link, const list_place& at, const std::string& reason,
                 const error* failure) {
  if (failure == nullptr) {
    link.emit(events::dead_lettered{.stream = at.key,
                                    .group = at.group,
                                    .id = {},
                                    .to = dead_letters::stream_of(at.key),
                                    .reason = reason});
  } else if (failure->code() != errc::closed) {
    link.emit(events::upkeep_failed{.stream = at.key,
                                    .group = at.group,
                                    .what = "moving an element to the dead letters",
                                    .reason = failure->code(),
                                    .text = failure->what()});
  }
}

}  // namespace sluice
