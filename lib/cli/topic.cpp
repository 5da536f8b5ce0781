#include "cli/topic.hpp"

#include "cli/verbs.hpp"

namespace sluice::cli {

void add_topic(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("topic", "Send and work on messages in telstar's form");
  verb->require_subcommand(1);
  verb->footer("Each has a --help of its own: sluice topic send --help");
  add_topic_send(*verb, code);
  add_topic_listen(*verb, code);
  add_topic_seen(*verb, code);
}

}  // namespace sluice::cli
