// Results on standard output, for verbs that print a few lines.
#pragma once

#include <string_view>

namespace sluice::cli {

/// Writes text at once. A reader that has gone is no error: it has had enough.
/// Throws `failure` for every other trouble, such as a full disk.
void print(std::string_view text);

/// The same, and ends the line.
void print_line(std::string_view line);

}  // namespace sluice::cli
