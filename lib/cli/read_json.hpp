// JSON that people and programs give us.
#pragma once

#include <boost/json/value.hpp>

#include <string_view>

namespace sluice::cli {

/// The value that the text is. Throws `std::invalid_argument` that says what is wrong and where.
boost::json::value read_json(std::string_view text);

/// The value of an argument. Throws `failure` with `usage`; `what` names the argument.
boost::json::value read_json_argument(std::string_view what, std::string_view text);

}  // namespace sluice::cli
