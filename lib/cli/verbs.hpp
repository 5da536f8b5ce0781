// The verbs of the command: each adds itself to the command line and, when chosen, runs and sets
// the exit code.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace sluice::cli {

void add_produce(CLI::App& tool, int& code);
void add_consume(CLI::App& tool, int& code);
void add_topic(CLI::App& tool, int& code);
void add_box(CLI::App& tool, int& code);
void add_send(CLI::App& tool, int& code);
void add_call(CLI::App& tool, int& code);
void add_listen(CLI::App& tool, int& code);
void add_services(CLI::App& tool, int& code);
void add_schedule(CLI::App& tool, int& code);
void add_streams(CLI::App& tool, int& code);
void add_tail(CLI::App& tool, int& code);
void add_groups(CLI::App& tool, int& code);
void add_consumers(CLI::App& tool, int& code);
void add_lag(CLI::App& tool, int& code);
void add_pending(CLI::App& tool, int& code);
void add_dead(CLI::App& tool, int& code);
void add_trim(CLI::App& tool, int& code);
void add_seek(CLI::App& tool, int& code);
void add_top(CLI::App& tool, int& code);
void add_doctor(CLI::App& tool, int& code);
void add_info(CLI::App& tool, int& code);
void add_ping(CLI::App& tool, int& code);
void add_demo(CLI::App& tool, int& code);
void add_demo_member(CLI::App& tool, int& code);

/// `--url`, else `REDIS_URL`, else what `url` holds, a local server.
void add_url(CLI::App& verb, std::string& url);

inline constexpr const char* default_url = "redis://localhost:6379";

}  // namespace sluice::cli
