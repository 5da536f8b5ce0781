// The verbs of the command; each adds itself to the command line and, when chosen, sets its exit
// code.
#pragma once

#include <CLI/CLI.hpp>

namespace sluice::cli {

void add_ping(CLI::App& tool, int& code);
void add_info(CLI::App& tool, int& code);
void add_produce(CLI::App& tool, int& code);
void add_consume(CLI::App& tool, int& code);
void add_demo(CLI::App& tool, int& code);

/// `--url`, else `REDIS_URL`, else a local server.
inline void add_url(CLI::App& verb, std::string& url) {
  verb.add_option("--url", url, "redis://user:password@host:port/db, rediss://... or unix:///path")
      ->envname("REDIS_URL")
      ->capture_default_str();
}

inline constexpr const char* default_url = "redis://localhost:6379";

}  // namespace sluice::cli
