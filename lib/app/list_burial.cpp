#include "app/list_burial.hpp"

#include "group/burial.hpp"

#include "sluice/group/dead_letters.hpp"

namespace sluice {
namespace {

constexpr auto kept_at_most = "10000";

}  // namespace

// An element has no id, and nobody knows since when it was there.
std::vector<std::string> burial_words(const std::string& list, const std::string& group,
                                      const std::string& reason, std::chrono::milliseconds now) {
  std::vector<std::string> words{dead_letters::stream_of(list), "MAXLEN", "~", kept_at_most, "*"};
  const auto add = [&words](std::string_view name, const std::string& value) {
    words.emplace_back(name);
    words.push_back(value);
  };
  add(burial_field::stream, list);
  add(burial_field::id, "0-0");
  add(burial_field::group, group);
  add(burial_field::consumer, "");
  add(burial_field::reason, reason);
  add(burial_field::error, reason);
  add(burial_field::deliveries, "1");
  add(burial_field::added_at, "0");
  add(burial_field::died_at, std::to_string(now.count()));
  words.emplace_back("element");
  return words;
}

command list_burial(const std::string& list, const std::string& group, const std::string& element,
                    const std::string& reason, std::chrono::milliseconds now) {
  command add("XADD");
  for (const auto& each : burial_words(list, group, reason, now)) add.arg(each);
  add.arg(element);
  return add;
}

}  // namespace sluice
