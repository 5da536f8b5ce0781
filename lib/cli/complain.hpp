// What the command tells people on stderr.
#pragma once

#include "cli/exit_code.hpp"

#include <sluice/core/error.hpp>

#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

/// Writes "sluice: …" as one line; what a server put in cannot break it or steer the terminal.
void complain(std::string_view what);

/// Tells which streams this user may not look at; nothing where there is none.
void complain_about_forbidden(const std::vector<std::string>& streams);
/// Tells which have an entry that is too large to be looked at; nothing where there is none.
void complain_about_too_large(const std::vector<std::string>& streams);

/// The error in words, and what to do about it.
std::string explain(const error& why);

/// Complains about an exception and gives the exit code that goes with it.
exit_code complain_about(const std::exception_ptr& thrown);

}  // namespace sluice::cli
