#include "sluice/admin/checkup.hpp"
#include "sluice/admin/group_view.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

namespace sluice::admin {
namespace {

// A name as a word for sh, which takes other characters for more than themselves; some shells
// also take dots between braces so.
std::string shell_word(const std::string& name) {
  constexpr std::string_view plain = ":._-{}@%+/";
  const bool is_plain = std::all_of(name.begin(), name.end(), [plain](char each) {
    const bool letter = (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z');
    return letter || (each >= '0' && each <= '9') || plain.find(each) != std::string_view::npos;
  });
  if (is_plain && name.find("..") == std::string::npos) return name;
  std::string word = "'";
  for (const char each : name) word += each == '\'' ? std::string("'\\''") : std::string(1, each);
  return word + '\'';
}

std::string place_of(const group_state& which) {
  return "group " + which.facts.name + " of " + which.stream;
}

finding about(const group_state& which, severity how_bad, const std::string& what,
              std::string advice) {
  return {how_bad, "group", place_of(which) + ": " + what, std::move(advice)};
}

// A lag that comes and goes with each batch is none that grows, and two that were not counted alike
// say nothing about a second. Clear is what `plight::behind` asks for as well, and some entries.
bool grows_clearly(const group_facts& before, const group_facts& now) {
  constexpr std::uint64_t fewest = 10;
  if (before.lag.estimated || now.lag.estimated || before.lag.count == 0) return false;
  if (now.lag.count < before.lag.count + fewest) return false;
  const auto [added, taken, settled] = rates_between(before, now, std::chrono::seconds(1));
  return added && taken && *added > 1.05 * *taken;
}

}  // namespace

std::vector<finding> check_group(const group_state& now, const std::optional<group_state>& before,
                                 std::chrono::milliseconds dead_after) {
  std::vector<finding> found;
  std::uint64_t given_back = 0;
  std::size_t living = 0;
  for (const auto& each : now.consumers) {
    const bool silent = each.idle >= dead_after;
    if (each.nobody) {
      given_back += each.pending;
    } else if (!silent) {
      ++living;
    } else if (each.pending > 0) {
      found.push_back(about(now, severity::warning,
                            "consumer " + each.name + " is silent and has " +
                                std::to_string(each.pending) + " entries in hand",
                            "if it is dead: sluice consumers " + shell_word(now.stream) +
                                " --group " + shell_word(now.facts.name) + " --remove " +
                                shell_word(each.name)));
    } else {
      found.push_back(about(now, severity::note, "consumer " + each.name + " is silent",
                            "if it is gone for good, remove its name in the same way"));
    }
  }
  const auto waiting = given_back + now.facts.lag.count;
  if (living == 0 && waiting > 0) {
    found.push_back(about(now, severity::trouble,
                          std::to_string(waiting) + " entries wait and no consumer is there",
                          "start one, or remove the group if nobody needs it"));
  } else if (before && grows_clearly(before->facts, now.facts)) {
    found.push_back(about(now, severity::warning,
                          "its lag grows: " + std::to_string(before->facts.lag.count) + ", then " +
                              std::to_string(now.facts.lag.count),
                          "look again; if it keeps growing, start more consumers"));
  }
  return found;
}

}  // namespace sluice::admin
