#include "cli/checks.hpp"
#include "cli/complain.hpp"
#include "cli/facts_table.hpp"
#include "cli/readable.hpp"
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

struct streams_flags {
  std::string url = default_url;
  std::string pattern = "*";
  bool json = false;
};

std::string id_text(const std::optional<entry_id>& id) { return id ? id->to_string() : "-"; }

void add_id(json_object& to, std::string_view name, const std::optional<entry_id>& id) {
  if (id) {
    to.text(name, id->to_string());
  } else {
    to.null(name);
  }
}

void add_count(json_object& to, std::string_view name, const std::optional<std::uint64_t>& count) {
  if (count) {
    to.number(name, *count);
  } else {
    to.null(name);
  }
}

void add_facts(facts_table& table, const admin::stream_facts& what) {
  json_object object;
  object.text("stream", what.name).number("length", what.length);
  add_id(object, "first", what.first);
  add_id(object, "last", what.last);
  object.text("last_generated", what.last_generated.to_string());
  object.number("groups", std::uint64_t{what.groups});
  add_count(object, "bytes", what.bytes);
  add_count(object, "dead_letters", what.dead_letters);
  row cells{what.name,
            std::to_string(what.length),
            what.bytes ? readable_bytes(*what.bytes) : "-",
            std::to_string(what.groups),
            what.dead_letters ? std::to_string(*what.dead_letters) : "-",
            id_text(what.first),
            id_text(what.last)};
  table.add(std::move(cells), object);
}

asio::awaitable<int> show(const streams_flags& flags, session& here) {
  listing out(here);
  admin::stream_list list(here.redis, flags.pattern);
  facts_table table({"STREAM", "ENTRIES", "MEMORY", "GROUPS", "DEAD", "FIRST", "LAST"}, "lrrrrll");
  auto names = co_await list.rest();
  const auto all = co_await admin::facts_of(here.redis, std::move(names));
  complain_about_forbidden(all.forbidden);
  complain_about_too_large(all.too_large);
  for (const auto& each : all.found) add_facts(table, each);
  if (table.empty()) {
    complain("there is no stream that matches '" + flags.pattern + '\'');
    co_return ok;
  }
  co_await table.print(out, flags.json);
  co_return ok;
}

}  // namespace

void add_streams(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("streams", "Show the streams of a server");
  verb->footer(
      "How many entries each has, the memory it takes (the server judges by a sample), groups,\n"
      "dead letters, and the ids of its ends. Keys are looked through a thousand at a time: it\n"
      "stops nobody. With --json a stream a line.\n\n"
      "  sluice streams 'orders:*'");
  const auto flags = std::make_shared<streams_flags>();
  add_url(*verb, flags->url);
  verb->add_option("pattern", flags->pattern, "Which ones: * and ? stand for anything")
      ->check(check_name)
      ->type_name("PATTERN");
  verb->add_flag("--json", flags->json, "JSON lines, for programs");
  verb->callback([&code, flags] {
    code = run(flags->url, [flags](session& here) { return show(*flags, here); });
  });
}

}  // namespace sluice::cli
