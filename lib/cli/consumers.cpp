#include "cli/checks.hpp"
#include "cli/complain.hpp"
#include "cli/consent.hpp"
#include "cli/facts_table.hpp"
#include "cli/group_address.hpp"
#include "cli/readable.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

#include <sluice/admin/group_desk.hpp>
#include <sluice/core/error.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

struct consumers_flags : group_address {
  std::string removed;
  consent agreed;
};

void add_consumer(facts_table& table, const admin::consumer_facts& what) {
  json_object object;
  object.text("consumer", what.name).number("pending", what.pending);
  object.number("idle_ms", std::int64_t{what.idle.count()});
  if (what.inactive) {
    object.number("inactive_ms", std::int64_t{what.inactive->count()});
  } else {
    object.null("inactive_ms");
  }
  object.truth("nobody", what.nobody);
  row cells{what.name, std::to_string(what.pending), readable_time(what.idle),
            what.nobody ? "waits for any member" : ""};
  table.add(std::move(cells), object);
}

asio::awaitable<int> show(const consumers_flags& flags, session& here) {
  listing out(here);
  const admin::group_desk desk(here.redis, flags.stream, flags.group);
  const auto all = co_await desk.consumers();
  facts_table table({"CONSUMER", "PENDING", "IDLE", ""}, "lrrl");
  for (const auto& each : all) add_consumer(table, each);
  if (table.empty()) {
    complain("group " + flags.group + " of " + flags.stream + " has no consumers");
    co_return ok;
  }
  co_await table.print(out, flags.agreed.json());
  co_return ok;
}

int complain_about_missing_consumer(const consumers_flags& flags) {
  complain("there is no consumer " + flags.removed + " in group " + flags.group + " of " +
           flags.stream);
  return fell_short;
}

json_object json_of(const consumers_flags& flags, std::uint64_t released) {
  json_object object;
  object.text("stream", flags.stream).text("group", flags.group).text("consumer", flags.removed);
  return object.number("released", released);
}

// What is given back already is refused as it will be when it is done.
void refuse_nobody(const admin::consumer_facts& what) {
  if (!what.nobody) return;
  throw error(errc::invalid_argument, "what " + what.name + " has is given back already");
}

asio::awaitable<int> foretell(const consumers_flags& flags, session& here) {
  const admin::group_desk desk(here.redis, flags.stream, flags.group);
  const auto all = co_await desk.consumers();
  const auto found = std::find_if(
      all.begin(), all.end(), [&flags](const auto& each) { return each.name == flags.removed; });
  if (found == all.end()) co_return complain_about_missing_consumer(flags);
  refuse_nobody(*found);
  flags.agreed.foretell("give " + std::to_string(found->pending) + " entries back to group " +
                            readable_text(flags.group) + " and remove consumer " +
                            readable_text(flags.removed) + ", idle for " +
                            readable_time(found->idle),
                        json_of(flags, found->pending));
  co_return ok;
}

asio::awaitable<int> remove(const consumers_flags& flags, session& here) {
  const admin::group_desk desk(here.redis, flags.stream, flags.group);
  const auto released = co_await desk.release(flags.removed);
  const bool removed = co_await desk.remove_consumer(flags.removed);
  if (!removed) co_return complain_about_missing_consumer(flags);
  flags.agreed.tell("gave " + std::to_string(released) + " entries back to group " +
                        readable_text(flags.group) + " and removed consumer " +
                        readable_text(flags.removed),
                    json_of(flags, released));
  co_return ok;
}

}  // namespace

void add_consumers(CLI::App& tool, int& code) {
  auto* const verb =
      tool.add_subcommand("consumers", "Show the consumers of a group, or remove one");
  verb->footer(
      "What each has in hand, and since when it has asked for nothing. What a consumer has in\n"
      "hand is given back to the group before its name is removed: members of the library take\n"
      "it at once, those of others as what a dead consumer left. Exit code 4: there is none of\n"
      "that name.\n\n"
      "  sluice consumers orders --group billing\n"
      "  sluice consumers orders --group billing --remove billing-1 --yes");
  const auto flags = std::make_shared<consumers_flags>();
  add_group_address(*verb, *flags);
  flags->agreed.add_json_to(*verb, "JSON lines, for programs");
  auto* const removed =
      verb->add_option("--remove", flags->removed, "Give back what this one has, and remove it");
  removed->check(check_name)->type_name("NAME");
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
