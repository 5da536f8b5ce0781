#include "cli/complain.hpp"
#include "cli/consent.hpp"
#include "cli/dead.hpp"
#include "cli/line_sink.hpp"
#include "cli/pairs.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

constexpr std::size_t letters_at_once = 100;

/// Which dead letters to change: some by their ids, or all.
struct choice {
  dead_place where;
  std::vector<std::string> ids;
  bool all = false;
};

struct redrive_flags : choice {
  bool as_new = false;
  std::vector<std::string> edits;
};

struct drop_flags : choice {
  bool yes = false;
};

void add_choice(CLI::App& verb, choice& which) {
  add_dead_place(verb, which.where);
  auto* const ids = verb.add_option("ids", which.ids, "Which");
  ids->check(check_id)->type_name("ID");
  verb.add_flag("--all", which.all, "All that are there now")->excludes(ids);
}

void check_choice(const choice& which) {
  if (!which.all && which.ids.empty()) throw CLI::RequiredError("ID or --all");
}

// Those that die meanwhile are not meant; one that dies again and again would keep this going.
asio::awaitable<std::vector<entry_id>> chosen(const choice& which, const dead_letters& letters) {
  std::vector<entry_id> ids;
  for (const auto& each : which.ids) ids.push_back(id_in(each));
  entry_id last;
  while (which.all) {
    const auto page = co_await letters.list(letters_at_once, last);
    if (page.empty()) break;
    for (const auto& each : page) {
      if (which.where.has(each)) ids.push_back(each.id());
    }
    last = page.back().id();
  }
  co_return ids;
}

/// The fields with each edited one in the place of the first of its name, or at the end.
fields edited(const dead_letter& what, const std::vector<std::string>& edits) {
  auto pairs = what.fields();
  for (const auto& each : edits) {
    const auto edit = split_pair(each);
    const auto of_name = [&edit](const auto& pair) { return pair.first == edit.first; };
    const auto place = std::find_if(pairs.begin(), pairs.end(), of_name);
    if (place == pairs.end()) {
      pairs.push_back(edit);
    } else {
      place->second = edit.second;
    }
  }
  fields made;
  for (const auto& [name, value] : pairs) made.add(name, value);
  return made;
}

asio::awaitable<std::optional<entry_id>> bring_back(const redrive_flags& flags,
                                                    const dead_letters& letters, entry_id id) {
  std::optional<entry_id> back;
  const auto letter = co_await find_dead(flags.where, letters, id);
  if (!letter) co_return back;
  if (flags.edits.empty()) {
    const auto how = flags.as_new ? redrive_as::new_entry : redrive_as::same_entry;
    back = co_await letters.redrive(id, how);
  } else {
    const auto what = edited(*letter, flags.edits);
    back = co_await letters.redrive(id, what);
  }
  co_return back;
}

// Of all, one that somebody else was faster with is no reason to complain.
asio::awaitable<int> redrive(const redrive_flags& flags, session& here) {
  const auto letters = flags.where.letters(here);
  const auto ids = co_await chosen(flags, letters);
  line_sink out(here.redis.get_executor(), STDOUT_FILENO);
  const on_stop while_redriving(here.stop, [&out] { out.stop(); });
  bool missing = false;
  for (const auto id : ids) {
    if (here.stop.made() || out.abandoned()) break;
    const auto back = co_await bring_back(flags, letters, id);
    if (back) {
      std::vector<std::string> lines(1, id.to_string() + ' ' + back->to_string());
      co_await out.write(std::move(lines));
    } else if (!flags.all) {
      missing = true;
      complain_about_missing(flags.where, letters, id);
    }
  }
  co_return missing ? fell_short : ok;
}

asio::awaitable<int> drop(const drop_flags& flags, session& here) {
  const auto letters = flags.where.letters(here);
  const auto ids = co_await chosen(flags, letters);
  const on_stop while_dropping(here.stop, [] {});
  bool missing = false;
  for (const auto id : ids) {
    if (here.stop.made()) break;
    const auto letter = co_await find_dead(flags.where, letters, id);
    if (letter) {
      co_await letters.drop(id);
    } else if (!flags.all) {
      missing = true;
      complain_about_missing(flags.where, letters, id);
    }
  }
  co_return missing ? fell_short : ok;
}

// Before there is anything that Ctrl-C would have to end.
bool is_agreed(const drop_flags& flags) {
  if (!flags.all || flags.yes) return true;
  if (!can_ask()) throw CLI::ValidationError("--all", "drops all for good: say --yes as well");
  return agrees("drop all dead letters of " + flags.where.stream + " for good?");
}

}  // namespace

void add_dead_redrive(CLI::App& dead, int& code) {
  auto* const verb = dead.add_subcommand("redrive", "Bring them back to where they were");
  verb->footer(
      "Each comes back once, however often that is asked for. Printed are its id among the dead\n"
      "and the one under which it comes again: the old one, for its group alone, with a fresh\n"
      "delivery count, to members that use the library. As a new entry, for all groups, where\n"
      "its stream has lost it, or with --as-new or --set. Exit code 4: there is none of an id.\n\n"
      "  sluice dead redrive orders 1795249266044-0 --set total=12.50");
  const auto flags = std::make_shared<redrive_flags>();
  add_choice(*verb, *flags);
  verb->add_flag("--as-new", flags->as_new, "As a new entry, for all groups of the stream");
  verb->add_option("--set", flags->edits, "Change or add a field; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->check(check_pair);
  verb->callback([&code, flags] {
    check_choice(*flags);
    code = run(flags->where.url, [flags](session& here) { return redrive(*flags, here); });
  });
}

void add_dead_drop(CLI::App& dead, int& code) {
  auto* const verb = dead.add_subcommand("drop", "Drop them for good");
  verb->footer(
      "Exit code 4: there is none of an id.\n\n"
      "  sluice dead drop orders --all --yes");
  const auto flags = std::make_shared<drop_flags>();
  add_choice(*verb, *flags);
  verb->add_flag("--yes", flags->yes, "Does not ask before it drops all");
  verb->callback([&code, flags] {
    check_choice(*flags);
    if (!is_agreed(*flags)) return;
    code = run(flags->where.url, [flags](session& here) { return drop(*flags, here); });
  });
}

}  // namespace sluice::cli
