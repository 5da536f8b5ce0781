// Numbers on the command line that count something.
#pragma once

#include <string>

namespace sluice::cli {

/// Empty when it is a whole number of at least 1, else what is wrong, as a check of an option.
std::string check_count(const std::string& text);

}  // namespace sluice::cli
