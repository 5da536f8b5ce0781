// What the command exits with; `sluice --help` and docs/guide/tool.md list the same.
#pragma once

#include <stdexcept>
#include <string>

namespace sluice::cli {

/// Beside these, 128 + the signal's number: 130 after Ctrl-C, 143 after SIGTERM.
enum exit_code : int {
  ok = 0,
  trouble = 1,    // with the server, the connection or the output
  usage = 2,      // the command line is wrong
  bad_input = 3,  // a line, or a file, is not what it has to be
  // Fewer entries than --count; no such dead letter; no answer; a demo that does not add up.
  fell_short = 4,
};

/// Ends a verb with a text for people and an exit code for scripts.
class failure : public std::runtime_error {
 public:
  failure(exit_code code, const std::string& what) : std::runtime_error(what), code_(code) {}

  exit_code code() const noexcept { return code_; }

 private:
  exit_code code_;
};

}  // namespace sluice::cli
