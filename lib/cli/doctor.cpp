#include "cli/checks.hpp"
#include "cli/complain.hpp"
#include "cli/facts_table.hpp"
#include "cli/readable.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

#include <sluice/admin/checkup.hpp>
#include <sluice/admin/stream_list.hpp>
#include <sluice/core/error.hpp>
#include <sluice/core/result.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

struct doctor_flags {
  std::string url = default_url;
  std::string pattern = "*";
  std::string keys;
  double dead_after = 300;  // seconds
  double watch = 1;
  bool json = false;
};

using group_names = std::pair<std::string, std::string>;
using states = std::map<group_names, admin::group_state>;

std::chrono::milliseconds seconds(double count) {
  return std::chrono::milliseconds(std::llround(count * 1'000));
}

// Where every stream may be used the pattern says nothing about keys.
std::string keys_of(const doctor_flags& flags) {
  if (!flags.keys.empty()) return flags.keys;
  return flags.pattern.substr(0, flags.pattern.find_first_of("*?["));
}

std::string line_of(const admin::finding& what) {
  auto line = left_in(7, std::string(to_string(what.how_bad))) + readable_text(what.check) + ": " +
              readable_text(what.what);
  if (!what.advice.empty() && what.how_bad != admin::severity::fine) {
    line += " -> " + readable_text(what.advice);
  }
  switch (what.how_bad) {
    case admin::severity::fine:
      return painted(ink::green, line);
    case admin::severity::note:
      return line;
    case admin::severity::warning:
      return painted(ink::yellow, line);
    case admin::severity::trouble:
      break;
  }
  return painted(ink::red, line);
}

std::string json_of(const admin::finding& what) {
  json_object object;
  object.text("severity", to_string(what.how_bad)).text("check", what.check);
  return object.text("what", what.what).text("advice", what.advice).line();
}

/// Prints findings as they come, and keeps the worst in mind.
class consultation {
 public:
  consultation(const doctor_flags& flags, session& here) : flags_(flags), out_(here) {}

  asio::awaitable<void> tell(std::vector<admin::finding> found) {
    std::vector<std::string> lines;
    for (const auto& each : found) {
      worst_ = std::max(worst_, each.how_bad);
      lines.push_back(flags_.json ? json_of(each) : line_of(each));
    }
    co_await out_.print(std::move(lines));
  }
  int code() const noexcept { return worst_ >= admin::severity::warning ? fell_short : ok; }

 private:
  const doctor_flags& flags_;
  listing out_;
  admin::severity worst_ = admin::severity::fine;
};

// A single name is not searched for: that takes a right of its own.
asio::awaitable<std::vector<std::string>> streams_meant(const doctor_flags& flags, session& here) {
  std::vector<std::string> names(1, flags.pattern);
  if (flags.pattern.find_first_of("*?[\\") == std::string::npos) co_return names;
  admin::stream_list list(here.redis, flags.pattern);
  names = co_await list.rest();
  co_return names;
}

/// All groups, by name; and complains about what cannot be seen where `aloud`.
asio::awaitable<states> look(const doctor_flags& flags, session& here, bool aloud) {
  states found;
  auto names = co_await streams_meant(flags, here);
  auto all = co_await admin::states_of(here.redis, std::move(names));
  if (aloud) complain_about_forbidden(all.forbidden);
  if (aloud) complain_about_too_large(all.too_large);
  for (auto& group : all.found) {
    const group_names name(group.stream, group.facts.name);
    found.emplace(name, std::move(group));
  }
  co_return found;
}

// Those whose channels are tried; with more, most have names of one kind.
std::vector<std::string> some_groups(const states& all) {
  constexpr std::size_t most = 20;
  std::set<std::string> names;
  for (const auto& [name, state] : all) {
    if (names.size() < most) names.insert(name.second);
  }
  return {names.begin(), names.end()};
}

admin::finding verdict(const doctor_flags& flags, std::size_t groups, std::size_t healthy) {
  if (groups == 0) {
    return {admin::severity::note, "groups",
            "no stream that matches '" + flags.pattern + "' has a group", ""};
  }
  const auto count = std::to_string(healthy) + (healthy == 1 ? " group is" : " groups are");
  return {admin::severity::fine, "groups", count + " as they should be", ""};
}

admin::finding no_search(const error& why) {
  return {admin::severity::note, "groups",
          "not looked at, as this user may not search for streams: " + std::string(why.what()),
          "grant +scan, or give the name of one stream"};
}

asio::awaitable<int> examine(const doctor_flags& flags, session& here) {
  consultation told(flags, here);
  auto server = co_await admin::check_server(here.redis);
  co_await told.tell(std::move(server));
  const auto looked = co_await as_result(look(flags, here, true));
  const bool may_search = !looked.has_error() || looked.error().code() != errc::not_permitted;
  const auto before = may_search ? looked.value() : states();
  auto rights = co_await admin::check_rights(here.redis, keys_of(flags), some_groups(before));
  co_await told.tell(std::move(rights));
  if (!may_search) {
    std::vector<admin::finding> why(1, no_search(looked.error()));
    co_await told.tell(std::move(why));
    co_return told.code();
  }
  asio::steady_timer meanwhile(here.redis.get_executor(), seconds(flags.watch));
  co_await meanwhile.async_wait(asio::use_awaitable);
  const auto now = co_await look(flags, here, false);
  std::size_t healthy = 0;
  for (const auto& [name, state] : now) {
    const auto known = before.find(name);
    std::optional<admin::group_state> earlier;
    if (known != before.end()) earlier = known->second;
    auto found = admin::check_group(state, earlier, seconds(flags.dead_after));
    if (found.empty()) ++healthy;
    co_await told.tell(std::move(found));
  }
  std::vector<admin::finding> last(1, verdict(flags, now.size(), healthy));
  co_await told.tell(std::move(last));
  co_return told.code();
}

}  // namespace

void add_doctor(CLI::App& tool, int& code) {
  auto* const verb =
      tool.add_subcommand("doctor", "Look for what will go wrong, and say what to do");
  verb->footer(
      "The server: version, eviction, persistence, role, pushes, output buffers, clock. This\n"
      "user's rights. Groups: consumers that are silent, with or without entries in hand, entries\n"
      "that nobody is there to take, lag that grows. Each finding is fine, a note, a warning or\n"
      "trouble. Exit code 4: there is a warning, or trouble.\n\n"
      "  sluice doctor 'orders:*'\n"
      "  sluice doctor --json > findings || page-somebody");
  const auto flags = std::make_shared<doctor_flags>();
  add_url(*verb, flags->url);
  verb->add_option("pattern", flags->pattern, "Groups of which streams: * and ? stand for anything")
      ->check(check_name)
      ->type_name("PATTERN");
  verb->add_option("--keys", flags->keys, "What keys begin with that rights are needed for")
      ->check(check_name)
      ->type_name("PREFIX");
  verb->add_option("--dead-after", flags->dead_after, "When a consumer counts as silent; 300")
      ->check(check_between(0.001, 1e9))
      ->type_name("SECONDS");
  verb->add_option("--watch", flags->watch, "Between the two looks at each lag; 1")
      ->check(check_between(0, 3'600))
      ->type_name("SECONDS");
  verb->add_flag("--json", flags->json, "JSON lines, for programs");
  verb->callback([&code, flags] {
    code = run(flags->url, [flags](session& here) { return examine(*flags, here); });
  });
}

}  // namespace sluice::cli
