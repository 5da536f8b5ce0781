// The verbs below `sluice topic`.
#pragma once

#include <CLI/CLI.hpp>

namespace sluice::cli {

void add_topic_send(CLI::App& topic, int& code);
void add_topic_listen(CLI::App& topic, int& code);
void add_topic_seen(CLI::App& topic, int& code);

}  // namespace sluice::cli
