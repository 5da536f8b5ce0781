#include "session.hpp"
#include "verbs.hpp"

#include <CLI/CLI.hpp>

int main(int argc, char** argv) {
  using namespace sluice::cli;
  CLI::App tool("Messaging over Redis Streams", "sluice");
  tool.require_subcommand(1);
  tool.set_version_flag("--version", SLUICE_VERSION);
  tool.footer(
      "Exit codes: 0 done; 1 trouble with the server; 2 wrong command line; 3 bad input;\n"
      "4 the demo's account does not add up; 130 interrupted.");
  int code = ok;
  add_produce(tool, code);
  add_consume(tool, code);
  add_ping(tool, code);
  add_info(tool, code);
  add_demo(tool, code);
  try {
    tool.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return tool.exit(wrong) == 0 ? ok : usage;
  }
  return code;
}
