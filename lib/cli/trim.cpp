#include "cli/checks.hpp"
#include "cli/complain.hpp"
#include "cli/consent.hpp"
#include "cli/dead.hpp"
#include "cli/group_address.hpp"
#include "cli/group_facts_text.hpp"
#include "cli/readable.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

#include <sluice/admin/stream_desk.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

struct trim_flags {
  std::string url = default_url;
  std::string stream, id;
  bool exact = false;
  consent agreed;
};

std::string entries_text(const admin::figure& count) {
  return text_of(count) + (count.count == 1 ? " entry" : " entries");
}

int complain_about_no_groups(const trim_flags& flags) {
  complain("there is no stream " + flags.stream +
           " that has groups: nobody is known to be done with its entries");
  return fell_short;
}

int complain_about_missing_entry(const trim_flags& flags) {
  complain("there is no entry " + flags.id + " in " + flags.stream);
  return fell_short;
}

json_object json_of(const trim_flags& flags, const admin::trimmed& what) {
  json_object object;
  object.text("stream", flags.stream).text("before", what.edge->to_string());
  object.number("removed", what.entries.count);
  return object.truth("removed_estimated", what.entries.estimated);
}

json_object json_of_entry(const trim_flags& flags) {
  json_object object;
  object.text("stream", flags.stream).text("id", id_in(flags.id).to_string());
  return object.number("removed", std::uint64_t{1}).truth("removed_estimated", false);
}

asio::awaitable<int> foretell(const trim_flags& flags, session& here) {
  const admin::stream_desk desk(here.redis, flags.stream);
  const auto what = co_await desk.spent();
  if (!what.edge) co_return complain_about_no_groups(flags);
  flags.agreed.foretell("remove " + std::string(flags.exact ? "" : "up to ") +
                            entries_text(what.entries) + " of " + readable_text(flags.stream) +
                            " before " + what.edge->to_string() +
                            ": every group has acknowledged them",
                        json_of(flags, what));
  co_return ok;
}

asio::awaitable<int> trim(const trim_flags& flags, session& here) {
  const admin::stream_desk desk(here.redis, flags.stream);
  const auto what = co_await desk.trim(flags.exact);
  if (!what.edge) co_return complain_about_no_groups(flags);
  flags.agreed.tell("removed " + entries_text(what.entries) + " of " + readable_text(flags.stream) +
                        " before " + what.edge->to_string(),
                    json_of(flags, what));
  co_return ok;
}

asio::awaitable<int> foretell_entry(const trim_flags& flags, session& here) {
  const admin::stream_desk desk(here.redis, flags.stream);
  const auto found = co_await desk.find(id_in(flags.id));
  if (!found) co_return complain_about_missing_entry(flags);
  flags.agreed.foretell("remove entry " + found->id.to_string() + " of " +
                            readable_text(flags.stream) + ", whoever has it pending",
                        json_of_entry(flags));
  co_return ok;
}

asio::awaitable<int> remove_entry(const trim_flags& flags, session& here) {
  const admin::stream_desk desk(here.redis, flags.stream);
  const bool removed = co_await desk.remove(id_in(flags.id));
  if (!removed) co_return complain_about_missing_entry(flags);
  flags.agreed.tell("removed entry " + flags.id + " of " + readable_text(flags.stream),
                    json_of_entry(flags));
  co_return ok;
}

}  // namespace

void add_trim(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("trim", "Remove entries that every group is done with");
  verb->footer(
      "Up to the oldest entry that is pending in a group, or that one has not got yet; the newest\n"
      "that was handed out stays. Without --exact the server leaves what shares a block with\n"
      "entries that are needed, some hundred, which is much cheaper. A stream without groups is\n"
      "left as it is. Exit code 4: it has none, or there is no entry of that id.\n\n"
      "  sluice trim orders --dry-run\n"
      "  sluice trim orders --yes");
  const auto flags = std::make_shared<trim_flags>();
  add_url(*verb, flags->url);
  add_stream(*verb, flags->stream);
  auto* const exact = verb->add_flag("--exact", flags->exact, "To the entry");
  verb->add_option("--id", flags->id, "Remove this one entry instead, whatever groups think")
      ->check(check_id)
      ->type_name("ID")
      ->excludes(exact);
  flags->agreed.add_to(*verb);
  flags->agreed.add_json_to(*verb);
  verb->callback([&code, flags] {
    const auto act = [flags](auto how) {
      return [flags, how](session& here) { return how(*flags, here); };
    };
    code = flags->id.empty()
               ? flags->agreed.run(flags->url, act(foretell), act(trim))
               : flags->agreed.run(flags->url, act(foretell_entry), act(remove_entry));
  });
}

}  // namespace sluice::cli
