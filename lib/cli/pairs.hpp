// NAME=VALUE on the command line.
#pragma once

#include <string>
#include <utility>

namespace sluice::cli {

/// Empty when it is a pair, else what is wrong, as a check of an option.
std::string check_pair(const std::string& text);

/// Name and value, of which the value may hold further '='.
std::pair<std::string, std::string> split_pair(const std::string& text);

}  // namespace sluice::cli
