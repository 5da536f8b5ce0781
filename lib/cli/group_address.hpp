// Which group of which stream of which server a verb is about.
#pragma once

#include "cli/verbs.hpp"

#include <CLI/CLI.hpp>

#include <string>

namespace sluice::cli {

struct group_address {
  std::string url = default_url;
  std::string stream, group;
};

/// `--url`, `STREAM` and `--group`.
void add_group_address(CLI::App& verb, group_address& where);

/// `STREAM` alone.
void add_stream(CLI::App& verb, std::string& stream);

}  // namespace sluice::cli
