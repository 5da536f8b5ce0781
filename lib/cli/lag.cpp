#include "cli/checks.hpp"
#include "cli/complain.hpp"
#include "cli/group_facts_text.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

#include <sluice/admin/overview.hpp>
#include <sluice/admin/stream_list.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

struct lag_flags {
  std::string url = default_url;
  std::string pattern = "*";
  std::optional<std::uint64_t> above;
  bool json = false;
};

asio::awaitable<int> show(const lag_flags& flags, session& here) {
  listing out(here);
  admin::stream_list list(here.redis, flags.pattern);
  auto table = table_of_groups();
  auto names = co_await list.rest();
  const auto all = co_await admin::states_of(here.redis, std::move(names), false);
  complain_about_forbidden(all.forbidden);
  complain_about_too_large(all.too_large);
  for (const auto& each : all.found) {
    const bool shown = !flags.above || each.facts.lag.count > *flags.above;
    if (shown) add_group(table, each.stream, each.facts);
  }
  if (table.empty()) {
    if (!flags.above) complain("no stream that matches '" + flags.pattern + "' has a group");
    co_return ok;
  }
  co_await table.print(out, flags.json);
  co_return flags.above ? fell_short : ok;
}

}  // namespace

void add_lag(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("lag", "Show how far groups are behind, of all streams");
  verb->footer(
      "As sluice groups, of all streams that match. A figure with ~ is worked out: servers do not\n"
      "know the lag of a group once entries ahead of it were deleted. With --above only groups\n"
      "that are further behind, and exit code 4 when there is one.\n\n"
      "  sluice lag 'orders:*' --above 10000 || page-somebody");
  const auto flags = std::make_shared<lag_flags>();
  add_url(*verb, flags->url);
  verb->add_option("pattern", flags->pattern, "Of which streams: * and ? stand for anything")
      ->check(check_name)
      ->type_name("PATTERN");
  verb->add_option("--above", flags->above, "Only groups with more to get than that")
      ->check(check_between(0, 1e15))
      ->type_name("N");
  verb->add_flag("--json", flags->json, "JSON lines, for programs");
  verb->callback([&code, flags] {
    code = run(flags->url, [flags](session& here) { return show(*flags, here); });
  });
}

}  // namespace sluice::cli
