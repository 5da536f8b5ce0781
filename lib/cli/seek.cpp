#include "cli/checks.hpp"
#include "cli/consent.hpp"
#include "cli/group_address.hpp"
#include "cli/group_facts_text.hpp"
#include "cli/place_in_time.hpp"
#include "cli/readable.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

#include <sluice/admin/group_desk.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

struct seek_flags : group_address {
  std::string to;
  consent agreed;

  start place() const { return place_of(to).value_or(start::latest()); }
};

std::string pending_text(std::uint64_t pending) {
  if (pending == 0) return {};
  return "; " + std::to_string(pending) + " that somebody has in hand " +
         (pending == 1 ? "is" : "are") + " handed out again";
}

std::string step_text(const seek_flags& flags, const admin::group_move& step) {
  const std::string fate = step.back() ? " come again" : " are passed over";
  return "group " + readable_text(flags.group) + " of " + readable_text(flags.stream) + " from " +
         step.from.to_string() + " to " + step.to.to_string() + ": " + text_of(step.entries) +
         " entries" + fate + pending_text(step.pending);
}

json_object json_of(const seek_flags& flags, const admin::group_move& step) {
  json_object object;
  object.text("stream", flags.stream).text("group", flags.group);
  object.text("from", step.from.to_string()).text("to", step.to.to_string());
  object.truth("back", step.back()).number("entries", step.entries.count);
  object.truth("entries_estimated", step.entries.estimated);
  return object.number("pending", step.pending);
}

asio::awaitable<int> foretell(const seek_flags& flags, session& here) {
  const admin::group_desk desk(here.redis, flags.stream, flags.group);
  const auto step = co_await desk.foresee(flags.place());
  flags.agreed.foretell("move " + step_text(flags, step), json_of(flags, step));
  co_return ok;
}

asio::awaitable<int> move(const seek_flags& flags, session& here) {
  const admin::group_desk desk(here.redis, flags.stream, flags.group);
  const auto step = co_await desk.move(flags.place());
  flags.agreed.tell("moved " + step_text(flags, step), json_of(flags, step));
  co_return ok;
}

}  // namespace

void add_seek(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("seek", "Move a group's position in its stream");
  verb->footer(
      "Back, and entries are handed out again, those that were acknowledged and those that\n"
      "somebody has in hand as well; ahead, and those between are never. Pending entries up to\n"
      "the new position stay as they are. Members of the library notice within seconds; what\n"
      "they have read ahead they still hand out.\n\n"
      "  sluice seek orders --group billing --to 2026-11-22T01:30:00Z --dry-run\n"
      "  sluice seek orders --group billing --to latest --yes");
  const auto flags = std::make_shared<seek_flags>();
  add_group_address(*verb, *flags);
  verb->add_option("--to", flags->to, "earliest, latest, behind an id, or a time in UTC")
      ->required()
      ->check(check_place)
      ->type_name("WHERE");
  flags->agreed.add_to(*verb);
  flags->agreed.add_json_to(*verb);
  verb->callback([&code, flags] {
    const auto act = [flags](auto how) {
      return [flags, how](session& here) { return how(*flags, here); };
    };
    code = flags->agreed.run(flags->url, act(foretell), act(move));
  });
}

}  // namespace sluice::cli
