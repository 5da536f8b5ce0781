// Asking before something is changed that nobody can bring back.
#pragma once

#include "cli/json_object.hpp"
#include "cli/session.hpp"

#include <CLI/CLI.hpp>

#include <string>

namespace sluice::cli {

/// `--dry-run` and `--yes`, and `--json` for verbs that tell programs what they did.
class consent {
 public:
  /// `change` is the option that asks for a change, where the verb does something else as well.
  void add_to(CLI::App& verb, CLI::Option* change = nullptr);
  /// `words` say what `--json` does, where the verb does something else as well.
  void add_json_to(CLI::App& verb,
                   const std::string& words = "A JSON line of what was done, or would be");
  /// Whether one of the first two was said.
  bool given() const noexcept { return dry_run_ || yes_; }
  bool json() const noexcept { return json_; }

  /// Runs `foretell`, which prints what would be done, unless it was agreed to beforehand; then
  /// `act`, once it is agreed to. Returns the exit code.
  ///
  /// Throws `CLI::ValidationError` where there is nobody to ask.
  int run(const std::string& url, const verb& foretell, const verb& act) const;

  /// Prints what would be done, "would " and these words. With `--json` the object is printed, and
  /// where somebody will be asked, these words beside the question: the output is for what is done.
  void foretell(const std::string& words, json_object what) const;
  /// Prints what was done.
  void tell(const std::string& words, json_object what) const;

 private:
  bool dry_run_ = false;
  bool yes_ = false;
  bool json_ = false;
};

/// Asks on the terminal. Says so when the answer is no.
bool agrees(const std::string& question);
/// Whether there is somebody to ask.
bool can_ask() noexcept;

}  // namespace sluice::cli
