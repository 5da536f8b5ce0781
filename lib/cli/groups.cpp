#include "cli/checks.hpp"
#include "cli/complain.hpp"
#include "cli/consent.hpp"
#include "cli/group_address.hpp"
#include "cli/group_facts_text.hpp"
#include "cli/readable.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

#include <sluice/admin/group_desk.hpp>
#include <sluice/admin/stream_desk.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

struct groups_flags {
  std::string url = default_url;
  std::string stream, removed;
  bool drop_pending = false;
  consent agreed;
};

asio::awaitable<int> show(const groups_flags& flags, session& here) {
  listing out(here);
  const admin::stream_desk desk(here.redis, flags.stream);
  const auto groups = co_await desk.groups();
  auto table = table_of_groups();
  for (const auto& each : groups) add_group(table, flags.stream, each);
  if (table.empty()) {
    complain("there is no stream " + flags.stream + " that has groups");
    co_return ok;
  }
  co_await table.print(out, flags.agreed.json());
  co_return ok;
}

int complain_about_missing_group(const groups_flags& flags) {
  complain("there is no group " + flags.removed + " of " + flags.stream);
  return fell_short;
}

int complain_about_pending(const groups_flags& flags, std::uint64_t pending) {
  complain("group " + flags.removed + " is kept: " + std::to_string(pending) +
           " entries are pending in it; let members finish them, or say --drop-pending");
  return fell_short;
}

json_object json_of(const groups_flags& flags, std::uint64_t pending) {
  json_object object;
  return object.text("stream", flags.stream)
      .text("group", flags.removed)
      .number("pending", pending);
}

asio::awaitable<int> foretell(const groups_flags& flags, session& here) {
  const admin::stream_desk desk(here.redis, flags.stream);
  const auto groups = co_await desk.groups();
  const auto found = std::find_if(groups.begin(), groups.end(), [&flags](const auto& each) {
    return each.name == flags.removed;
  });
  if (found == groups.end()) co_return complain_about_missing_group(flags);
  if (found->pending > 0 && !flags.drop_pending) {
    co_return complain_about_pending(flags, found->pending);
  }
  flags.agreed.foretell("remove group " + readable_text(flags.removed) + " of " +
                            readable_text(flags.stream) + ", with " +
                            std::to_string(found->pending) + " pending entries; " +
                            text_of(found->lag) + " entries it never got",
                        json_of(flags, found->pending));
  co_return ok;
}

asio::awaitable<int> remove(const groups_flags& flags, session& here) {
  const admin::group_desk desk(here.redis, flags.stream, flags.removed);
  const auto what = co_await desk.remove(flags.drop_pending);
  if (!what.removed && what.pending == 0) co_return complain_about_missing_group(flags);
  if (!what.removed) co_return complain_about_pending(flags, what.pending);
  flags.agreed.tell("removed group " + readable_text(flags.removed) + " of " +
                        readable_text(flags.stream) + ", with " + std::to_string(what.pending) +
                        " pending entries",
                    json_of(flags, what.pending));
  co_return ok;
}

}  // namespace

void add_groups(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("groups", "Show the groups of a stream, or remove one");
  verb->footer(
      "How many entries each has yet to get (~ where the server does not know, and it is worked\n"
      "out), how many are pending, and for how long the oldest has been waiting for its end. A\n"
      "group is removed only when nothing is pending in it. Exit code 4: it is kept, or there\n"
      "is none of that name.\n\n"
      "  sluice groups orders\n"
      "  sluice groups orders --remove old-billing --dry-run");
  const auto flags = std::make_shared<groups_flags>();
  add_url(*verb, flags->url);
  add_stream(*verb, flags->stream);
  flags->agreed.add_json_to(*verb, "JSON lines, for programs");
  auto* const removed = verb->add_option("--remove", flags->removed, "Remove this group");
  removed->check(check_name)->type_name("NAME");
  verb->add_flag("--drop-pending", flags->drop_pending, "Also when entries are pending in it")
      ->needs(removed);
  flags->agreed.add_to(*verb, removed);
  verb->callback([&code, flags] {
    const auto act = [flags](auto how) {
      return [flags, how](session& here) { return how(*flags, here); };
    };
    code = flags->removed.empty() ? run(flags->url, act(show))
                                  : flags->agreed.run(flags->url, act(foretell), act(remove));
  });
}

}  // namespace sluice::cli
