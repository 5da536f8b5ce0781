#include "cli/complain.hpp"
#include "cli/kafka.hpp"
#include "cli/print.hpp"
#include "cli/verbs.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <sstream>
#include <string>

namespace sluice::cli {
namespace {

// Without this a connection could get the number of a standard descriptor that the caller closed,
// and what is meant for people would be sent to the server. Opened the wrong way round, so that
// using it stays an error.
void occupy_standard_descriptors() {
  for (const int each : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(each, F_GETFD) >= 0 || errno != EBADF) continue;
    [[maybe_unused]] const int opened =
        ::open("/dev/null", each == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

int complain_about_words(const CLI::App& tool, const CLI::ParseError& wrong) {
  const auto* at = &tool;
  std::string whose = "sluice";
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    whose += ' ' + at->get_name();
  }
  const auto unknown = at->remaining();
  std::string what = wrong.what();
  if (at->get_require_subcommand_min() > 0) {
    what = unknown.empty() ? "what to do?" : "there is no '" + unknown.front() + '\'';
  }
  complain(what + "; see " + whose + " --help");
  return usage;
}

int run_tool(int argc, char** argv) {
  CLI::App tool("Messaging over Redis Streams.", "sluice");
  tool.require_subcommand(1);
  tool.set_version_flag("--version", SLUICE_VERSION);
  tool.get_formatter()->column_width(24);
  tool.footer(
      "Every verb has a --help of its own. The server is --url, else REDIS_URL in the "
      "environment,\n"
      "else redis://localhost:6379; verbs about services take --streams as well.\n\n"
      "Exit codes: 0 done; 1 trouble with the server or the output; 2 wrong command line;\n"
      "3 bad input; 4 fewer entries than --count, nothing of that name or id, listeners without\n"
      "an answer, a group that is kept or too far behind, findings of the doctor, or an account "
      "of\n"
      "the demo that does not add up;\n"
      "130 ended by Ctrl-C, 143 by SIGTERM.");
  int code = ok;
  add_produce(tool, code);
  add_consume(tool, code);
  add_topic(tool, code);
  add_box(tool, code);
  add_send(tool, code);
  add_call(tool, code);
  add_listen(tool, code);
  add_services(tool, code);
  add_schedule(tool, code);
  add_streams(tool, code);
  add_tail(tool, code);
  add_groups(tool, code);
  add_consumers(tool, code);
  add_lag(tool, code);
  add_pending(tool, code);
  add_dead(tool, code);
  add_trim(tool, code);
  add_seek(tool, code);
  add_top(tool, code);
  add_doctor(tool, code);
  add_info(tool, code);
  add_ping(tool, code);
  add_demo(tool, code);
  add_demo_member(tool, code);
  try {
    tool.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    if (wrong.get_exit_code() != 0) return complain_about_words(tool, wrong);
    std::ostringstream help;  // or the version
    tool.exit(wrong, help);
    print(help.str());
  }
  return code;
}

}  // namespace

void add_url(CLI::App& verb, std::string& url) {
  verb.add_option("--url", url, "redis://user:password@host:port/db, rediss://…, unix:///path")
      ->envname("REDIS_URL")
      ->type_name("URL");
}

}  // namespace sluice::cli

int main(int argc, char** argv) {
  sluice::cli::occupy_standard_descriptors();
  sluice::cli::enable_kafka();
  try {
    return sluice::cli::run_tool(argc, argv);
  } catch (...) {
    return sluice::cli::complain_about(std::current_exception());
  }
}
