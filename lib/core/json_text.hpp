// JSON as it travels: bounded when it is read, and nothing is written that could not be read.
#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace sluice {

/// Reads JSON of at most 16 MiB and 64 levels. What is wrong with it goes into `flaw`, without a
/// piece of it; then the value is null.
boost::json::value read_json(std::string_view text, std::string& flaw);

/// Throws `error` with `errc::invalid_argument` where `read_json` would refuse the text; `subject`
/// says of whose data the error speaks.
std::string write_json(const boost::json::value& what, std::string_view subject);

}  // namespace sluice
