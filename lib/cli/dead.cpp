#include "cli/dead.hpp"

#include "cli/checks.hpp"
#include "cli/complain.hpp"

namespace sluice::cli {

dead_letters dead_place::letters(const session& here) const {
  return dead_letters(here.redis, name.empty() ? dead_letters::stream_of(stream) : name);
}

void add_dead_place(CLI::App& verb, dead_place& where) {
  add_url(verb, where.url);
  verb.add_option("stream", where.stream, "The stream that they were in")
      ->required()
      ->check(check_name)
      ->type_name("STREAM");
  verb.add_option("--dead-letters", where.name, "Where they are, if not in STREAM:dead")
      ->check(check_name)
      ->type_name("NAME");
}

std::string check_id(const std::string& text) {
  return entry_id::parse(text) ? "" : "wants an id such as 1526919030474-0, not '" + text + '\'';
}

entry_id id_in(const std::string& text) { return entry_id::parse(text).value_or(entry_id()); }

boost::asio::awaitable<std::optional<dead_letter>> find_dead(const dead_place& where,
                                                             const dead_letters& letters,
                                                             entry_id id) {
  auto found = co_await letters.find(id);
  if (found && !where.has(*found)) found.reset();
  co_return found;
}

void complain_about_missing(const dead_place& where, const dead_letters& letters, entry_id id) {
  complain("there is no dead letter " + id.to_string() + " of " + where.stream + " in " +
           letters.name());
}

void add_dead(CLI::App& tool, int& code) {
  auto* const verb =
      tool.add_subcommand("dead", "Look at dead letters, bring them back, drop them");
  verb->require_subcommand(1);
  verb->footer(
      "Dead letters are entries that a group gave up: rejected by whoever worked on them, or\n"
      "delivered too often. They are kept in a stream of their own, STREAM:dead by default, and\n"
      "ids are those they have there.\n\n"
      "  sluice dead list orders\n"
      "  sluice dead redrive orders --all");
  add_dead_list(*verb, code);
  add_dead_show(*verb, code);
  add_dead_redrive(*verb, code);
  add_dead_drop(*verb, code);
}

}  // namespace sluice::cli
