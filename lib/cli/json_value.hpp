// JSON values on the command line and on standard output.
#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace sluice::cli {

/// Reads an argument. Throws `failure` with `usage`; `what` names the argument.
boost::json::value json_argument(std::string_view what, std::string_view text);

/// Without an LF, and without characters that steer terminals.
std::string json_text(const boost::json::value& what);

}  // namespace sluice::cli
