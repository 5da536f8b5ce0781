#include "cli/consent.hpp"

#include "cli/complain.hpp"
#include "cli/print.hpp"

#include <unistd.h>

#include <iostream>

namespace sluice::cli {

void consent::add_to(CLI::App& verb, CLI::Option* change) {
  auto* const dry = verb.add_flag("--dry-run", dry_run_, "Say what would be done, and do nothing");
  auto* const yes = verb.add_flag("--yes", yes_, "Do it without asking");
  yes->excludes(dry);
  if (change == nullptr) return;
  dry->needs(change);
  yes->needs(change);
}

void consent::add_json_to(CLI::App& verb, const std::string& words) {
  verb.add_flag("--json", json_, words);
}

void consent::foretell(const std::string& words, json_object what) const {
  if (!json_) return print_line("would " + words);
  if (!dry_run_) return complain("would " + words);
  print_line(what.truth("dry_run", true).line());
}

void consent::tell(const std::string& words, json_object what) const {
  print_line(json_ ? what.truth("dry_run", false).line() : words);
}

// The two are runs of their own: while somebody thinks, no connection waits.
int consent::run(const std::string& url, const verb& foretell, const verb& act) const {
  if (!dry_run_ && !yes_ && !can_ask()) {
    throw CLI::ValidationError("--yes", "it changes the server for good: say --yes, or --dry-run");
  }
  if (!yes_) {
    const int code = cli::run(url, foretell);
    if (dry_run_ || code != ok) return code;
    if (!agrees("do that?")) return ok;
  }
  return cli::run(url, act);
}

bool can_ask() noexcept { return ::isatty(STDIN_FILENO) == 1; }

bool agrees(const std::string& question) {
  std::cerr << "sluice: " << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "yes") return true;
  complain("nothing was changed");
  return false;
}

}  // namespace sluice::cli
